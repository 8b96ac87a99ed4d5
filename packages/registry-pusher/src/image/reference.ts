/*
 * reference  = [registry "/"] repository [":" tag] ["@" digest]
 * registry   = host [":" port]           if it contains ".", ":" or uppercase letters, or is "localhost"; otherwise docker.io
 * repository = component *("/" component)   component = [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 * tag        = [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
import { RegistryPusherError } from './errors.ts';
import { type Digest, isDigest } from './digest.ts';
import type { Repository } from './image.ts';

/** The name of an image: its repository, and the tag or digest of one image in it. */
export interface ImageReference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryGrammar = new RegExp(`^${component}(?:/${component})*$`);
const registryGrammar =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const tagGrammar = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const maxRepositoryLength = 255;
/** As in Docker: 64 hex digits without anything else. */
const imageIdGrammar = /^[0-9a-f]{64}$/;

/**
 * Parses `[registry/]repository[:tag][@digest]` and expands Docker Hub's short names: `node` becomes
 * `docker.io/library/node`. Doesn't add a default tag; see {@link withDefaultTag}.
 * @throws RegistryPusherError REFERENCE_INVALID
 */
export function parseImageReference(text: string): ImageReference {
  if (imageIdGrammar.test(text))
    throw invalidReferenceError(text, "it's an image ID, which a registry doesn't know: use a name");
  const [beforeDigest, digest, ...extra] = text.split('@') as [string, ...string[]];
  if (extra.length > 0) throw invalidReferenceError(text, 'it has more than one "@"');
  if (digest !== undefined && !isDigest(digest))
    throw invalidReferenceError(text, "its digest isn't sha256: and 64 hex digits");
  const { name, tag } = splitTag(beforeDigest);
  if (tag !== undefined && !tagGrammar.test(tag)) throw invalidReferenceError(text, `"${tag}" isn't a valid tag`);
  const { registry, repository } = splitRegistry(name);
  if (!registryGrammar.test(registry) || !URL.canParse(`https://${registry}`))
    throw invalidReferenceError(text, `"${registry}" isn't a valid registry host name`);
  if (!repositoryGrammar.test(repository)) throw invalidReferenceError(text, explainRepository(repository));
  if (repository.length > maxRepositoryLength)
    throw invalidReferenceError(text, `its repository is longer than ${maxRepositoryLength} characters`);
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** @throws RegistryPusherError REFERENCE_INVALID */
export function assertTag(tag: string): string {
  if (tagGrammar.test(tag)) return tag;
  throw new RegistryPusherError(
    'REFERENCE_INVALID',
    `"${tag}" isn't a valid tag: use up to 128 letters, digits, "_", "." and "-", and don't start with "." or "-".`,
  );
}

/** Stands for a registry in references to OCI layouts. No registry can have this name. */
export const layoutRegistry = 'oci';

/**
 * Returns a reference to an image in an OCI layout, a directory on this machine. Registry clients read and write it like an
 * image in a registry.
 * @param directory absolute
 * @see OCI image-spec, image-layout.md
 */
export function layoutReference(directory: string, tag?: string): ImageReference {
  return { registry: layoutRegistry, repository: directory, ...(tag === undefined ? {} : { tag }) };
}

/** Formats a reference in full. Parsing the text returns the same value, except for a layout's, `oci:DIRECTORY`. */
export function formatImageReference({ registry, repository, tag, digest }: ImageReference): string {
  const separator = registry === layoutRegistry ? ':' : '/';
  return `${registry}${separator}${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Adds the tag `latest` to a reference with neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

function splitTag(text: string): { name: string; tag?: string } {
  const colon = text.lastIndexOf(':');
  if (colon <= text.lastIndexOf('/')) return { name: text };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}

function splitRegistry(name: string): Repository {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const repository = name.slice(slash + 1);
  if (/[.:]/.test(first) || /^localhost$/i.test(first)) {
    // Host names don't distinguish case.
    const registry = first.toLowerCase();
    return registry === 'docker.io' || registry === 'index.docker.io' ? hub(repository) : { registry, repository };
  }
  // Repositories have no uppercase letters, so this is a host without a domain.
  return /[A-Z]/.test(first) ? { registry: first, repository } : hub(name);
}

function hub(repository: string): Repository {
  return { registry: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` };
}

function explainRepository(repository: string): string {
  if (/[A-Z]/.test(repository)) return `its repository "${repository}" has uppercase letters`;
  return `"${repository}" isn't a valid repository name`;
}

function invalidReferenceError(text: string, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'REFERENCE_INVALID',
    `"${text}" isn't a valid image reference: ${why}. Expected [registry/]repository[:tag][@digest], for example node:20-slim.`,
  );
}
