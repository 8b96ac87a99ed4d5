/*
 * reference  = [registry "/"] repository [":" tag] ["@" digest]
 * registry   = host [":" port]           only when it holds "." or ":" or is "localhost"; else docker.io
 * repository = component *("/" component)   component = [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*
 * tag        = [A-Za-z0-9_] [A-Za-z0-9_.-]{0,127}
 * @see https://github.com/distribution/reference/blob/main/reference.go
 */
import { RegistryPusherError } from './errors.ts';
import { type Digest, isDigest } from './digest.ts';
import type { Repository } from './image.ts';

/** The name of an image: where it lies, and which one of the repository's images is meant. */
export interface ImageReference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryGrammar = new RegExp(`^${component}(?:/${component})*$`);
const registryGrammar =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
const tagGrammar = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const longestRepository = 255;

/**
 * Parses `[registry/]repository[:tag][@digest]`. Docker Hub's short names are written out: `node` is
 * `docker.io/library/node`. A reference with neither tag nor digest keeps none; see {@link withDefaultTag}.
 * @throws RegistryPusherError REFERENCE_INVALID
 */
export function parseImageReference(text: string): ImageReference {
  const [beforeDigest, digest, ...extra] = text.split('@') as [string, ...string[]];
  if (extra.length > 0) throw invalid(text, 'it has more than one "@"');
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, 'its digest is not sha256: and 64 hex digits');
  const { name, tag } = splitTag(beforeDigest);
  if (tag !== undefined && !tagGrammar.test(tag)) throw invalid(text, `its tag "${tag}" is not a tag`);
  const { registry, repository } = splitRegistry(name);
  if (!registryGrammar.test(registry)) throw invalid(text, `"${registry}" is not a registry's host name`);
  if (!repositoryGrammar.test(repository)) throw invalid(text, repositoryAdvice(repository));
  if (registry.length + 1 + repository.length > longestRepository)
    throw invalid(text, `its name is longer than ${longestRepository} characters`);
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** @throws RegistryPusherError REFERENCE_INVALID */
export function requireTag(tag: string): string {
  if (tagGrammar.test(tag)) return tag;
  throw new RegistryPusherError(
    'REFERENCE_INVALID',
    `"${tag}" is not a tag: letters, digits, "_", "." and "-", 128 at most, and neither "." nor "-" at the start.`,
  );
}

/** Writes a reference in full, so that parsing it gives the same value. */
export function formatImageReference({ registry, repository, tag, digest }: ImageReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** A reference without tag and digest means `latest`. */
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
  if (slash > 0 && (/[.:]/.test(first) || first === 'localhost')) {
    const repository = name.slice(slash + 1);
    if (first === 'docker.io' || first === 'index.docker.io') return hub(repository);
    return { registry: first, repository };
  }
  return hub(name);
}

function hub(repository: string): Repository {
  return { registry: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` };
}

function repositoryAdvice(repository: string): string {
  if (/[A-Z]/.test(repository)) return `its repository "${repository}" has upper-case letters`;
  return `"${repository}" is not a repository's name`;
}

function invalid(text: string, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'REFERENCE_INVALID',
    `"${text}" is not an image reference: ${why}. Expected [registry/]repository[:tag][@digest], as in node:20-slim.`,
  );
}
