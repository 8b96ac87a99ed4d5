import { Refusal } from './refusal.ts';

// The grammar of the OCI distribution specification, section "Pulling manifests".
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const digestPattern = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

export const isRepository = (text: string): boolean => text.length <= 255 && repositoryPattern.test(text);

/** Names become directories: only names that pass this check may become part of a path. */
export function requireRepository(name: string): string {
  if (!isRepository(name)) {
    throw new Refusal('NAME_INVALID', 'invalid repository name', { detail: { name: name.slice(0, 300) } });
  }
  return name;
}

export const isTag = (text: string): boolean => tagPattern.test(text);

export const isDigest = (text: string): boolean => digestPattern.test(text);

/** `sha256:…` or `sha512:…` with lowercase hex digits. */
export function requireDigest(text: string): string {
  if (!isDigest(text)) {
    throw new Refusal('DIGEST_INVALID', 'provided digest is not of the form sha256:HEX', {
      detail: { digest: text.slice(0, 300) },
    });
  }
  return text;
}

export function digestParts(digest: string): { readonly algorithm: string; readonly hex: string } {
  const [algorithm = '', hex = ''] = digest.split(':');
  return { algorithm, hex };
}
