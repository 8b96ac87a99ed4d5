import { SettingsError } from '../settings.ts';

/** What a connection needs to know of TLS; `false` is plain TCP or a Unix socket. */
export type Tls = false | { readonly rejectUnauthorized: boolean; readonly checkServerIdentity?: () => undefined };

/** A connection string without its TLS parameters, and what they meant. */
export interface DatabaseAddress {
  readonly connectionString: string;
  readonly tls: Tls;
}

/**
 * Reads DATABASE_URL: `postgres://user:password@host:port/database?sslmode=…`.
 *
 * `sslmode` means what it means to libpq, which the `pg` package reads otherwise:
 * - `disable`: no TLS
 * - `require`: TLS, the certificate is not checked
 * - `verify-ca`, `verify-full`: the certificate must come from a CA that Node trusts (NODE_EXTRA_CA_CERTS adds one), and
 *   with `verify-full` also be for this host
 * - absent, `allow`, `prefer`: no TLS to this machine, `require` to any other
 *
 * The last rule is there for Heroku Postgres: its DATABASE_URL names no sslmode, it refuses plain connections, and its
 * certificates are self-signed, so that there is no CA to check them against.
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-SSLMODE-STATEMENTS
 * @see https://devcenter.heroku.com/articles/connecting-heroku-postgres#connecting-in-node-js
 * @throws SettingsError that never shows the address, since it holds a password
 */
export function readDatabaseUrl(databaseUrl: string): DatabaseAddress {
  const url = parse(databaseUrl);
  const mode = url.searchParams.get('sslmode') ?? 'prefer';
  const tls = tlsFor(mode, isLocal(url));
  for (const name of ['sslcert', 'sslkey', 'sslrootcert'])
    if (url.searchParams.has(name))
      throw new SettingsError(
        `DATABASE_URL has ${name}: files are not read; name a CA in NODE_EXTRA_CA_CERTS instead.`,
      );
  for (const name of ['sslmode', 'ssl']) url.searchParams.delete(name);
  return { connectionString: url.href, tls };
}

function parse(databaseUrl: string): URL {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw new SettingsError('DATABASE_URL is not an address such as postgres://user:password@host:5432/database.');
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
        'DATABASE_URL has an unknown sslmode: use disable, allow, prefer, require, verify-ca or verify-full.',
      );
  }
}

/** A Unix socket's folder stands in `?host=` or, percent-encoded, where the host would be. */
function isLocal(url: URL): boolean {
  const host = (url.searchParams.get('host') ?? decodeURIComponent(url.hostname)).replace(/^\[(.*)\]$/, '$1');
  return host === '' || host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
