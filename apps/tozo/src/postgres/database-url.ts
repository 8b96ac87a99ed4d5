import { SettingsError } from '../settings.ts';

/** TLS options of a connection. `false` is plain TCP or a Unix socket. */
export type Tls = false | { readonly rejectUnauthorized: boolean; readonly checkServerIdentity?: () => undefined };

/** A connection string without its TLS parameters, and their meaning. */
export interface DatabaseAddress {
  readonly connectionString: string;
  readonly tls: Tls;
}

/**
 * Parses DATABASE_URL: `postgres://user:password@host:port/database?sslmode=…`.
 *
 * `sslmode` has its meaning in libpq, which differs from that of the `pg` package:
 * - `disable`: no TLS
 * - `require`: TLS without checking the certificate
 * - `verify-ca`, `verify-full`: TLS with a certificate from a CA that Node trusts (NODE_EXTRA_CA_CERTS adds one), and for this
 *   host with `verify-full`
 * - unset, `allow`, `prefer`: no TLS to this machine, `require` to other hosts
 *
 * The last rule is for Heroku Postgres: its DATABASE_URL contains no sslmode, it rejects plain connections, and its certificates
 * are self-signed, so no CA can verify them.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
 * @see https://devcenter.heroku.com/articles/connecting-heroku-postgres#connecting-in-node-js
 * @throws SettingsError, without the URL, which contains a password
 */
export function parseDatabaseUrl(databaseUrl: string): DatabaseAddress {
  const url = parseUrl(databaseUrl);
  const mode = url.searchParams.get('sslmode') ?? 'prefer';
  const tls = tlsFor(mode, isLocal(url));
  for (const name of ['sslcert', 'sslkey', 'sslrootcert'])
    if (url.searchParams.has(name))
      throw new SettingsError(
        `DATABASE_URL contains ${name}, which isn't supported: set NODE_EXTRA_CA_CERTS to the CA's file instead.`,
      );
  for (const name of ['sslmode', 'ssl']) url.searchParams.delete(name);
  return { connectionString: url.href, tls };
}

function parseUrl(databaseUrl: string): URL {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw new SettingsError('DATABASE_URL is invalid: set a URL such as postgres://user:password@host:5432/database.');
  return url;
}

function tlsFor(mode: string, local: boolean): Tls {
  switch (mode) {
    case 'disable':
      return false;
    case 'allow':
    case 'prefer':
      return local ? false : { rejectUnauthorized: false };
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-ca':
      return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { rejectUnauthorized: true };
    default:
      throw new SettingsError(
        'DATABASE_URL contains an unknown sslmode: use disable, allow, prefer, require, verify-ca or verify-full.',
      );
  }
}

/** The directory of a Unix socket is in `?host=` or, percent-encoded, in place of the host. */
function isLocal(url: URL): boolean {
  const host = (url.searchParams.get('host') ?? decodeURIComponent(url.hostname)).replace(/^\[(.*)\]$/, '$1');
  return host === '' || host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
