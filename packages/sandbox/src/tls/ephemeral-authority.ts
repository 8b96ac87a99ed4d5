import { generateKeyPairSync } from 'node:crypto';
import { certificate } from './certificate.ts';

/** What a server needs to be believed, and what its clients need to believe it; all in PEM. */
export interface Issued {
  /** The authority's certificate, for the clients. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const hour = 60 * 60 * 1000;
const validFor = 7 * 24 * hour;

/**
 * A certificate for these host names and IPv4 addresses, by an authority that is made for it. The authority's key is gone
 * when this returns: whoever trusts it trusts this one certificate, for seven days.
 */
export function issue(names: readonly string[]): Issued {
  const [authority, server] = [keyPair(), keyPair()];
  const name = `tozo sandbox, made ${new Date().toISOString()}`;
  const common = {
    issuer: name,
    issuerKeys: authority,
    // Clocks that are a little behind shall believe it too.
    validFrom: new Date(Date.now() - hour),
    validUntil: new Date(Date.now() + validFor),
  };
  return {
    ca: certificate({ ...common, subject: name, publicKey: authority.publicKey, use: 'authority' }),
    cert: certificate({ ...common, subject: 'tozo sandbox', publicKey: server.publicKey, use: names }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
