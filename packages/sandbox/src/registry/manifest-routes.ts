import { answer, answerBytes, type Exchange, readBody, urlOf } from './exchange.ts';
import { digestParts, isDigest, isTag } from './grammar.ts';
import { imageManifestOf, parseManifest, requireReferences } from './manifest.ts';
import { Refusal } from './refusal.ts';
import type { RegistryChoices, RegistryRules } from './rules.ts';
import { digestOf, type Storage, type StoredManifest } from './storage.ts';

/** The minimum that a registry must accept (OCI distribution specification). */
const maxManifestBytes = 4 * 1024 * 1024;

export interface ManifestRoutes {
  readonly storage: Storage;
  readonly choices: RegistryChoices;
  readonly rules?: RegistryRules;
}

/** GET and HEAD by tag or digest: the exact bytes that were pushed. */
export async function serveManifest(
  exchange: Exchange,
  storage: Storage,
  repository: string,
  reference: string,
): Promise<void> {
  const manifest = await findManifest(storage, repository, reference);
  if (!manifest) {
    throw new Refusal('MANIFEST_UNKNOWN', 'manifest unknown', { detail: { name: repository, reference } });
  }
  const headers = {
    'content-type': manifest.mediaType,
    'docker-content-digest': manifest.digest,
    etag: `"${manifest.digest}"`,
  };
  answerBytes(exchange, headers, manifest.bytes);
}

/** PUT: everything the manifest names must already be pushed. */
export async function storeManifest(
  exchange: Exchange,
  { storage, choices, rules = {} }: ManifestRoutes,
  repository: string,
  reference: string,
): Promise<void> {
  if (!isTag(reference) && !isDigest(reference))
    throw new Refusal('TAG_INVALID', 'manifest tag did not match the grammar');
  const mediaType = (exchange.request.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
  rules.admitMediaType?.(mediaType);
  const bytes = await readBody(exchange, maxManifestBytes);
  const algorithm = isDigest(reference) ? digestParts(reference).algorithm : 'sha256';
  const digest = digestOf(bytes, algorithm);
  if (isDigest(reference) && digest !== reference) {
    throw new Refusal('DIGEST_INVALID', 'provided digest did not match uploaded content', { detail: { digest } });
  }
  const manifest = parseManifest(bytes, mediaType);
  await requireReferences(manifest, repository, storage);
  await rules.admitManifest?.({ repository, reference, mediaType, manifest }, storage);
  const imageId = imageManifestOf(manifest)?.config.digest;
  await storage.putManifest(repository, { digest, mediaType, bytes }, imageId);
  if (isTag(reference)) await storage.putTag(repository, reference, digest);
  rules.manifestStored?.({ repository, reference, digest, imageId });
  const location = urlOf(exchange, `/v2/${repository}/manifests/${digest}`, choices.locations);
  answer(exchange, 201, { location, 'docker-content-digest': digest });
}

async function findManifest(
  storage: Storage,
  repository: string,
  reference: string,
): Promise<StoredManifest | undefined> {
  if (isDigest(reference)) return await storage.manifest(repository, reference);
  const digest = isTag(reference) ? await storage.tag(repository, reference) : undefined;
  return digest === undefined ? undefined : await storage.manifest(repository, digest);
}
