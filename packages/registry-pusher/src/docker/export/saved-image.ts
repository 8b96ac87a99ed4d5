import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RegistryPusherError } from '../../image/errors.ts';
import type { ImageConfig } from '../../image/config.ts';
import { mediaTypes } from '../../image/descriptor.ts';
import { digestOf, isDigest } from '../../image/digest.ts';
import { layerInFile } from './layer-file.ts';
import { otherPlatform, type TakenImage } from './taken-image.ts';

/**
 * Reads an image that `docker save` wrote, as an OCI layout or, by older engines, as a docker-archive. Of an index, the image
 * for linux/amd64 is read; attestations are none. @see OCI image-spec, image-layout.md · moby, image/spec/v1.2.md
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, PLATFORM_MISSING
 */
export async function readSavedImage(folder: string): Promise<TakenImage> {
  const index = await readJson<OciIndex>(join(folder, 'index.json'));
  const { configPath, layerPaths } = index === undefined ? await readArchive(folder) : await readLayout(folder, index);
  const configBytes = await readFile(configPath);
  const config = JSON.parse(configBytes.toString('utf8')) as ImageConfig;
  if (config.os !== 'linux' || config.architecture !== 'amd64') throw otherPlatform([config]);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== layerPaths.length)
    throw unreadable(`its config has ${diffIds.length} layers, the archive ${layerPaths.length}`);
  return { config, configBytes, layers: diffIds.map((diffId, at) => layerInFile(diffId, layerPaths[at]!)) };
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

async function readLayout(folder: string, index: OciIndex): Promise<Files> {
  const { digest } = await chooseManifest(folder, index);
  const { config, layers } = await readBlob<OciManifest>(folder, digest);
  return {
    configPath: blobPath(folder, config.digest),
    layerPaths: layers.map((layer) => blobPath(folder, layer.digest)),
  };
}

/** An image's index may lie inside the layout's own. */
async function chooseManifest(folder: string, { manifests }: OciIndex): Promise<OciDescriptor> {
  const nested = manifests.find(
    ({ mediaType }) => mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerManifestList,
  );
  if (nested) return chooseManifest(folder, await readBlob<OciIndex>(folder, nested.digest));
  const fitting = manifests.find(
    ({ platform }) => platform === undefined || (platform.os === 'linux' && platform.architecture === 'amd64'),
  );
  if (fitting) return fitting;
  throw otherPlatform(manifests.flatMap(({ platform }) => platform ?? []));
}

async function readArchive(folder: string): Promise<Files> {
  const images = await readJson<{ Config: string; Layers: string[] }[]>(join(folder, 'manifest.json'));
  if (images?.length !== 1) throw unreadable(`it holds ${images?.length ?? 'no list of'} images`);
  const [{ Config, Layers }] = images as [{ Config: string; Layers: string[] }];
  const inside = (path: string) => {
    if (path.startsWith('/') || path.split('/').includes('..')) throw unreadable(`it names the file ${path}`);
    return join(folder, path);
  };
  return { configPath: inside(Config), layerPaths: Layers.map(inside) };
}

async function readBlob<T>(folder: string, digest: string): Promise<T> {
  const bytes = await readFile(blobPath(folder, digest));
  if (digestOf(bytes) !== digest) throw unreadable(`its blob ${digest} is damaged`);
  return JSON.parse(bytes.toString('utf8')) as T;
}

function blobPath(folder: string, digest: string): string {
  if (!isDigest(digest)) throw unreadable(`it names the blob ${digest}`);
  return join(folder, 'blobs', 'sha256', digest.slice('sha256:'.length));
}

async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function unreadable(why: string): RegistryPusherError {
  return new RegistryPusherError('ENGINE_BUILD_FAILED', `The image that Docker saved cannot be read: ${why}.`);
}
