import { mediaTypes } from '../registry/manifest.ts';
import { digestOf } from '../registry/storage.ts';
import { storedGzip } from './gzip.ts';
import { tarOf } from './tar.ts';
import { standInTree } from './tree.ts';

/** The label of images whose programs are replaced by this machine's. */
export const standInLabel = 'dev.tozo.stand-in';

export interface Content {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
}

/** An image as a registry stores it: a tag points to the index. */
export interface IndexedImage {
  readonly blobs: readonly Content[];
  readonly manifests: readonly Content[];
  readonly index: Content;
}

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const configType = 'application/vnd.oci.image.config.v1+json';
const created = '1970-01-01T00:00:00Z';

/**
 * Returns the stand-in for a tag of Docker Hub's `node`, in Docker Hub's form: an OCI index of one image for linux/amd64
 * and its attestation. The bytes are the same on every machine.
 *
 * @param nodeVersion `20.20.2`; NODE_VERSION if the tag names it
 */
export async function standInImage(nodeVersion?: string): Promise<IndexedImage> {
  const tar = await tarOf(standInTree);
  const layer = content(layerType, storedGzip(tar));
  const config = content(configType, json(imageConfig(digestOf(tar), nodeVersion)));
  const image = manifest(config, [layer]);
  const attestation = attestationOf(image);
  return {
    blobs: [layer, config, ...attestation.blobs],
    manifests: [image, attestation.manifest],
    index: content(
      mediaTypes.ociIndex,
      json({
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: [
          { ...descriptor(image), platform: { architecture: 'amd64', os: 'linux' } },
          {
            ...descriptor(attestation.manifest),
            annotations: {
              'vnd.docker.reference.digest': image.digest,
              'vnd.docker.reference.type': 'attestation-manifest',
            },
            platform: { architecture: 'unknown', os: 'unknown' },
          },
        ],
      }),
    ),
  };
}

function imageConfig(diffId: string, nodeVersion: string | undefined) {
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return {
    architecture: 'amd64',
    os: 'linux',
    created,
    config: {
      Env: nodeVersion === undefined ? [path] : [path, `NODE_VERSION=${nodeVersion}`],
      Cmd: ['node'],
      Labels: { [standInLabel]: 'true' },
    },
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, created_by: 'stand-in for the node image', comment: 'tozo sandbox' }],
  };
}

/** Returns the manifest that BuildKit adds to each image it pushes: an in-toto statement about the image. */
function attestationOf(image: Content): { readonly blobs: readonly Content[]; readonly manifest: Content } {
  const statement = content(
    'application/vnd.in-toto+json',
    json({
      _type: 'https://in-toto.io/Statement/v0.1',
      predicateType: 'https://slsa.dev/provenance/v0.2',
      subject: [{ name: 'stand-in', digest: { sha256: image.digest.replace('sha256:', '') } }],
      predicate: {},
    }),
  );
  const config = content(
    configType,
    json({
      architecture: 'unknown',
      os: 'unknown',
      config: {},
      rootfs: { type: 'layers', diff_ids: [statement.digest] },
    }),
  );
  return { blobs: [statement, config], manifest: manifest(config, [statement]) };
}

/** Returns the manifest of an image. */
export function manifest(
  config: Content,
  layers: readonly Content[],
  mediaType: string = mediaTypes.ociManifest,
): Content {
  return content(
    mediaType,
    json({ schemaVersion: 2, mediaType, config: descriptor(config), layers: layers.map(descriptor) }),
  );
}

function descriptor({ mediaType, digest, bytes }: Content) {
  return { mediaType, digest, size: bytes.length };
}

export function content(mediaType: string, bytes: Buffer): Content {
  return { mediaType, bytes, digest: digestOf(bytes) };
}

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
