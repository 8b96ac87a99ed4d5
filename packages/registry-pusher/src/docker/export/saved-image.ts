import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { ImageConfig } from '../../image/config.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf, isDigest } from '../../image/digest.ts';
import { type ExportedImage, platformError } from './exported-image.ts';
import { layerFromFile } from './layer-file.ts';

/**
 * Reads an image from `docker save`: an OCI layout or, from older engines, a docker-archive. Selects linux/amd64 from an index
 * and skips attestations.
 * @see OCI image-spec, image-layout.md · moby, image/spec/v1.2.md
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, PLATFORM_MISSING
 */
export async function readSavedImage(directory: string): Promise<ExportedImage> {
  const index = await readJson<OciIndex>(join(directory, 'index.json'));
  const { configPath, layerPaths } =
    index === undefined ? await readArchive(directory) : await readLayout(directory, index);
  const configBytes = await readFile(configPath);
  const config = JSON.parse(configBytes.toString('utf8')) as ImageConfig;
  if (config.os !== 'linux' || config.architecture !== 'amd64') throw platformError([config]);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== layerPaths.length)
    throw unreadableError(`its config has ${diffIds.length} layers, the archive ${layerPaths.length}`);
  return { config, configBytes, layers: diffIds.map((diffId, at) => layerFromFile(diffId, layerPaths[at]!)) };
}

interface Files {
  readonly configPath: string;
  readonly layerPaths: readonly string[];
}

interface OciDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

interface OciIndex {
  readonly manifests: readonly OciDescriptor[];
}

interface OciManifest {
  readonly config: OciDescriptor;
  readonly layers: readonly OciDescriptor[];
}

async function readLayout(directory: string, index: OciIndex): Promise<Files> {
  const { digest } = await chooseManifest(directory, index);
  const { config, layers } = await readBlob<OciManifest>(directory, digest);
  return {
    configPath: blobPath(directory, config.digest),
    layerPaths: layers.map((layer) => blobPath(directory, layer.digest)),
  };
}

/** The layout's index may contain the image's index. */
async function chooseManifest(directory: string, { manifests }: OciIndex): Promise<OciDescriptor> {
  const nested = manifests.find(
    ({ mediaType }) => mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList,
  );
  if (nested) return chooseManifest(directory, await readBlob<OciIndex>(directory, nested.digest));
  const matching = manifests.find(
    ({ platform }) => platform === undefined || (platform.os === 'linux' && platform.architecture === 'amd64'),
  );
  if (matching) return matching;
  throw platformError(manifests.flatMap(({ platform }) => platform ?? []));
}

async function readArchive(directory: string): Promise<Files> {
  const images = await readJson<{ Config: string; Layers: string[] }[]>(join(directory, 'manifest.json'));
  if (images?.length !== 1) throw unreadableError(`it contains ${images?.length ?? 'no list of'} images`);
  const [{ Config, Layers }] = images as [{ Config: string; Layers: string[] }];
  const resolve = (path: string) => {
    if (path.startsWith('/') || path.split('/').includes('..'))
      throw unreadableError(`its manifest refers to the file ${path}`);
    return join(directory, path);
  };
  return { configPath: resolve(Config), layerPaths: Layers.map(resolve) };
}

async function readBlob<T>(directory: string, digest: string): Promise<T> {
  const bytes = await readFile(blobPath(directory, digest));
  if (digestOf(bytes) !== digest) throw unreadableError(`its blob ${digest} is corrupted`);
  return JSON.parse(bytes.toString('utf8')) as T;
}

function blobPath(directory: string, digest: string): string {
  if (!isDigest(digest)) throw unreadableError(`"${digest}" isn't a valid digest`);
  return join(directory, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unreadableError(why: string): RegistryPusherError {
  return new RegistryPusherError('ENGINE_BUILD_FAILED', `Can't read the image that Docker saved: ${why}.`);
}
