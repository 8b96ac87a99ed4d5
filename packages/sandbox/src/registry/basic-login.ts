import type { Authenticate } from './login.ts';
import { Refusal } from './refusal.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Requires Basic credentials (RFC 7617) that `accepts` accepts. The username may be empty; the password may contain
 * colons.
 */
export function requireBasic(realm: string, accepts: (credentials: Credentials) => boolean): Authenticate {
  return (request) => {
    const credentials = parseBasic(request.headers.authorization);
    if (credentials && accepts(credentials)) return;
    throw new Refusal('UNAUTHORIZED', credentials ? 'invalid credentials' : 'authentication required', {
      headers: { 'www-authenticate': `Basic realm="${realm}"` },
    });
  };
}

export function parseBasic(header: string | undefined): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
