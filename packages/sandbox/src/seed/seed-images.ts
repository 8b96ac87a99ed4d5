import { standInLabel } from '../base/image.ts';
import { storedGzip } from '../base/gzip.ts';
import { ociLayoutImages } from '../base/oci-layout.ts';
import { tarOf } from '../base/tar.ts';
import { standInTree, type TreeEntry } from '../base/tree.ts';
import { SandboxError } from '../errors/sandbox-error.ts';
import { type Descriptor, imageManifestOf, mediaTypes, parseManifest } from '../registry/manifest.ts';
import { digestOf, type Storage, type StoredManifest } from '../registry/storage.ts';
import type { SeedFiles, SeedImage } from './seed.ts';

/** Stores a seed's image under the tag `latest` and returns its ID. */
export async function storeSeedImage(storage: Storage, repository: string, image: SeedImage): Promise<string> {
  const manifest =
    'layout' in image
      ? await copyLayout(storage, repository, image.layout)
      : await createImage(storage, repository, image);
  const imageId = configOf(manifest);
  if (imageId === undefined) throw layoutError(repository);
  await storage.putManifest(repository, manifest, imageId);
  await storage.putTag(repository, 'latest', manifest.digest);
  return imageId;
}

async function createImage(storage: Storage, repository: string, image: SeedFiles): Promise<StoredManifest> {
  const { files, command, env = [], workingDir = '/app' } = image;
  const entries = Object.entries(files).map(([path, content]): TreeEntry => ({
    type: 'file',
    path,
    mode: 0o644,
    content,
  }));
  const tars = [await tarOf(standInTree), await tarOf(entries)];
  const layers: Descriptor[] = [];
  for (const tar of tars)
    layers.push(await putBlob('application/vnd.docker.image.rootfs.diff.tar.gzip', storedGzip(tar)));
  const config = await putBlob(
    'application/vnd.docker.container.image.v1+json',
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Env: env, Cmd: command, WorkingDir: workingDir, Labels: { [standInLabel]: 'true' } },
        rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
      }),
    ),
  );
  const mediaType = mediaTypes.dockerManifest;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
  return { digest: digestOf(bytes), mediaType, bytes };

  async function putBlob(type: string, content: Buffer): Promise<Descriptor> {
    return { mediaType: type, size: content.length, digest: await storage.putBlob(repository, content) };
  }
}

/** Copies the image for linux/amd64 of a layout that has one image, or an index of one per platform. */
async function copyLayout(storage: Storage, repository: string, directory: string): Promise<StoredManifest> {
  const layout = ociLayoutImages({ [repository]: directory });
  let manifest = await findManifest(storage, repository, await layout.publish(repository, 'latest', storage));
  if (manifest && configOf(manifest) === undefined) {
    const { manifests } = parseManifest(manifest.bytes, manifest.mediaType) as {
      manifests?: readonly (Descriptor & {
        readonly platform?: { readonly os: string; readonly architecture: string };
      })[];
    };
    const ours = manifests?.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64');
    manifest = await findManifest(storage, repository, ours?.digest);
  }
  if (!manifest) throw layoutError(directory);
  return manifest;
}

async function findManifest(storage: Storage, repository: string, digest: string | undefined) {
  return digest === undefined ? undefined : await storage.manifest(repository, digest);
}

function configOf({ bytes, mediaType }: StoredManifest): string | undefined {
  return imageManifestOf(parseManifest(bytes, mediaType))?.config.digest;
}

function layoutError(place: string): SandboxError {
  return new SandboxError('IMAGE_INVALID', `${place}: IMAGE_INVALID: the layout has no single image for linux/amd64.`);
}
