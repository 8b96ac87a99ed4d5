/** What the environment decides. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** Where Postgres is; without it the list is kept in memory. */
  readonly databaseUrl?: string;
  /** What the running image was made from; answered in the header `x-source-digest`. */
  readonly sourceDigest?: string;
}

/** A setting that cannot be used. Its text names the variable and what it should be. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads PORT (default 3000), DATABASE_URL and SOURCE_DIGEST. A variable that is empty counts as not set: that is what a
 * Dockerfile's `ENV NAME=$NAME` leaves behind when the build argument was not given.
 * @throws SettingsError
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const databaseUrl = env['DATABASE_URL'] || undefined;
  const sourceDigest = env['SOURCE_DIGEST'] || undefined;
  if (sourceDigest !== undefined && !/^[\x21-\x7e]{1,200}$/.test(sourceDigest))
    throw new SettingsError('SOURCE_DIGEST cannot be sent as a header: set a digest such as sha256:142013fe2b5c.');
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
