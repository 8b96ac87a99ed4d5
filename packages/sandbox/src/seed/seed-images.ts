import { content, json, manifest, standInLabel } from '../base/image.ts';
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
  const stored =
    'layout' in image
      ? await copyLayout(storage, repository, image.layout)
      : await createImage(storage, repository, image);
  const imageId = configOf(stored);
  if (imageId === undefined) throw layoutError(repository);
  await storage.putManifest(repository, stored, imageId);
  await storage.putTag(repository, 'latest', stored.digest);
  return imageId;
}

async function createImage(storage: Storage, repository: string, image: SeedFiles): Promise<StoredManifest> {
  const { files, command, env = [], workingDir = '/app' } = image;
  const entries = Object.entries(files).map(([path, text]): TreeEntry => ({
    type: 'file',
    path,
    mode: 0o644,
    content: text,
  }));
  const tars = [await tarOf(standInTree), await tarOf(entries)];
  const layers = tars.map((tar) => content('application/vnd.docker.image.rootfs.diff.tar.gzip', storedGzip(tar)));
  const config = content(
    'application/vnd.docker.container.image.v1+json',
    json({
      architecture: 'amd64',
      os: 'linux',
      config: { Env: env, Cmd: command, WorkingDir: workingDir, Labels: { [standInLabel]: 'true' } },
      rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
    }),
  );
  for (const { bytes } of [...layers, config]) await storage.putBlob(repository, bytes);
  return manifest(config, layers, mediaTypes.dockerManifest);
}

/** Copies the image for linux/amd64 of a layout that has one image, or an index of one per platform. */
async function copyLayout(storage: Storage, repository: string, directory: string): Promise<StoredManifest> {
  const layout = ociLayoutImages({ [repository]: directory });
  let found = await findManifest(storage, repository, await layout.publish(repository, 'latest', storage));
  if (found && configOf(found) === undefined) {
    const { manifests } = parseManifest(found.bytes, found.mediaType) as {
      manifests?: readonly (Descriptor & {
        readonly platform?: { readonly os: string; readonly architecture: string };
      })[];
    };
    const ours = manifests?.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64');
    found = await findManifest(storage, repository, ours?.digest);
  }
  if (!found) throw layoutError(directory);
  return found;
}

async function findManifest(storage: Storage, repository: string, digest: string | undefined) {
  return digest === undefined ? undefined : await storage.manifest(repository, digest);
}

function configOf({ bytes, mediaType }: StoredManifest): string | undefined {
  return imageManifestOf(parseManifest(bytes, mediaType))?.config.digest;
}

function layoutError(place: string): SandboxError {
  return new SandboxError(
    'IMAGE_INVALID',
    `${place}: IMAGE_INVALID: the layout must have one image for linux/amd64: save it alone, such as with skopeo copy.`,
  );
}
