/** Settings from the environment. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Postgres. Without it, the list is kept in memory. */
  readonly databaseUrl?: string;
  /** The digest of the image's sources, sent in the header `x-source-digest`. */
  readonly sourceDigest?: string;
}

/** An invalid setting. The message contains the variable and what to set it to. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads PORT (default 3000), DATABASE_URL and SOURCE_DIGEST. Treats an empty variable as unset, which is what a Dockerfile's
 * `ENV NAME=$NAME` leaves without the build argument.
 * @throws SettingsError
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const databaseUrl = env['DATABASE_URL'] || undefined;
  const sourceDigest = env['SOURCE_DIGEST'] || undefined;
  if (sourceDigest !== undefined && !/^[\x21-\x7e]{1,200}$/.test(sourceDigest))
    throw new SettingsError("SOURCE_DIGEST isn't a valid header value: set a digest such as sha256:142013fe2b5c.");
  return {
    port: readPort(env['PORT'] || '3000'),
    host: '0.0.0.0',
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(sourceDigest === undefined ? {} : { sourceDigest }),
  };
}

function readPort(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535)) throw new SettingsError(`PORT is "${text}": set a number from 0 to 65535.`);
  return port;
}
