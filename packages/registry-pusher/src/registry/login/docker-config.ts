import { RegistryPusherError } from '../../image/errors.ts';
import type { IdentityToken, RegistryCredentials } from './credentials.ts';

/** What Docker's configuration says about one registry. */
export type ConfiguredLogin =
  | { readonly kind: 'none' }
  | { readonly kind: 'credentials'; readonly credentials: RegistryCredentials | IdentityToken }
  | { readonly kind: 'helper'; readonly helper: string; readonly server: string };

/** Docker Hub still uses the key of its first API; other tools and people write its other names. */
const hubKey = 'https://index.docker.io/v1/';
const hubHosts = ['index.docker.io', 'docker.io', 'registry-1.docker.io'];

/**
 * Finds a registry's login in the text of Docker's `config.json`, in Docker's own order: the registry's helper
 * (`credHelpers`), the default helper (`credsStore`), the file itself (`auths`). An entry of `auths` may be for a namespace, such
 * as `quay.io/team`: the longest one wins. No error shows the file's contents.
 * @param where the text's name in errors
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 * @throws RegistryPusherError CREDENTIALS_UNUSABLE
 */
export function findLogin(text: string, registry: string, where: string, repository = ''): ConfiguredLogin {
  const config = asObject(parse(text, where));
  if (config === undefined) throw unusableError(where, "it isn't a JSON object");
  const server = registry === 'docker.io' ? hubKey : registry;
  const helper = asObject(config['credHelpers'])?.[server] ?? config['credsStore'];
  if (helper !== undefined && helper !== '') {
    if (typeof helper === 'string' && /^[A-Za-z0-9_.-]+$/.test(helper)) return { kind: 'helper', helper, server };
    throw unusableError(where, `the name of the credential helper for ${registry} is invalid`);
  }
  const auths = asObject(config['auths']) ?? {};
  const key = findKey(Object.keys(auths), server, repository);
  const entry = key === undefined ? undefined : asObject(auths[key]);
  const credentials = entry === undefined ? undefined : readCredentials(entry, registry, where);
  return credentials === undefined ? { kind: 'none' } : { kind: 'credentials', credentials };
}

function readCredentials(
  entry: Readonly<Record<string, unknown>>,
  registry: string,
  where: string,
): RegistryCredentials | IdentityToken | undefined {
  const { identitytoken, auth, username, password } = entry;
  if (isText(identitytoken)) return { identityToken: identitytoken };
  if (!isText(auth)) return isText(username) && isText(password) ? { username, password } : undefined;
  const [name = '', secret] = Buffer.from(auth, 'base64').toString('utf8').split(/:(.*)/s);
  if (secret === undefined) throw unusableError(where, `"auth" of ${registry} isn't base64 of user:password`);
  if (name === '') throw unusableError(where, `"auth" of ${registry} has an empty username`);
  return { username: name, password: secret.replace(/\0+$/, '') };
}

function findKey(keys: readonly string[], server: string, repository: string): string | undefined {
  const hosts = server === hubKey ? hubHosts : [server];
  const places = keys.map((key) => ({ key, ...placeOf(key) })).filter(({ host }) => hosts.includes(host));
  const namespaces = places
    .filter(({ path }) => path !== '' && `${repository}/`.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length);
  // Docker also uses what is for another namespace, if there is nothing else.
  const exact = places.filter(({ key }) => key === server);
  const wholeHost = places.filter(({ path }) => path === '');
  return [...namespaces, ...exact, ...wholeHost, ...places][0]?.key;
}

/** Older versions wrote addresses, such as `https://registry.example/v1/`. */
function placeOf(key: string): { readonly host: string; readonly path: string } {
  const [host = '', ...rest] = key.replace(/^https?:\/\//, '').split('/');
  const path = rest.join('/').replace(/\/$/, '');
  return { host, path: /^v[12]$/.test(path) ? '' : path };
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw unusableError(where, "it isn't JSON");
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function unusableError(where: string, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'CREDENTIALS_UNUSABLE',
    `Can't use the credentials in ${where}: ${why}. Fix it, or run docker login again.`,
  );
}
