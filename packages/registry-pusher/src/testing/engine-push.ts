import type { IncomingHttpHeaders } from 'node:http';
import { mediaTypes } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';

/** What an engine talks to while it pushes. */
export interface PushingTo {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly repository: string;
  readonly tag: string;
  readonly authorization: string;
}

/** Where an engine was asked to look for, or to put, `HOST:PORT/REPOSITORY:TAG`. */
export function pushingTo(image: string, headers: IncomingHttpHeaders): PushingTo {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(image)!;
  const auth = JSON.parse(Buffer.from(String(headers['x-registry-auth']), 'base64url').toString()) as Login;
  const authorization = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  return { origin: `http://${host}`, repository: repository!, tag: tag!, authorization };
}

interface Login {
  readonly username: string;
  readonly password: string;
}

interface Sent {
  readonly body?: Buffer;
  readonly mediaType?: string;
}

/** Sends one request as an engine does. @throws Error for an answer that an engine takes for a failure */
export async function send({ origin, authorization }: PushingTo, method: string, path: string, sent: Sent = {}) {
  const url = new URL(path, origin);
  const { body, mediaType = 'application/octet-stream' } = sent;
  const init = { method, headers: { authorization, 'content-type': mediaType } };
  const response = await fetch(url, body === undefined ? init : { ...init, body: new Uint8Array(body) });
  if (response.status >= 400 && response.status !== 404)
    throw new Error(`${method} ${url.pathname}: ${response.status}`);
  return response;
}

/** Puts a blob there as Docker does, unless it is there already. */
export async function putBlob(to: PushingTo, mediaType: string, bytes: Buffer) {
  const digest = digestOf(bytes);
  const descriptor = { mediaType, size: bytes.length, digest };
  const blobs = `/v2/${to.repository}/blobs`;
  if ((await send(to, 'HEAD', `${blobs}/${digest}`)).ok) return { ...descriptor, sent: false };
  const begun = await send(to, 'POST', `${blobs}/uploads/`);
  const patched = await send(to, 'PATCH', begun.headers.get('location')!, { body: bytes });
  await send(to, 'PUT', `${patched.headers.get('location')!}?digest=${digest}`);
  return { ...descriptor, sent: true };
}

export async function putManifest(to: PushingTo, name: string, manifest: { readonly mediaType: string }) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest }));
  const { mediaType } = manifest;
  await send(to, 'PUT', `/v2/${to.repository}/manifests/${name}`, { mediaType, body: bytes });
  return { mediaType, size: bytes.length, digest: digestOf(bytes) };
}

export interface PushedParts {
  readonly config: Buffer;
  /** As they are sent. */
  readonly layers: readonly Buffer[];
}

/** As engines with the classic image store push: one manifest, of Docker's schema 2. Gives the digests that were sent. */
export async function pushClassic(to: PushingTo, { config, layers }: PushedParts): Promise<string[]> {
  const blobs = [];
  for (const layer of layers) blobs.push(await putBlob(to, mediaTypes.dockerLayerGzip, layer));
  const configBlob = await putBlob(to, mediaTypes.dockerConfig, config);
  await putManifest(to, to.tag, {
    mediaType: mediaTypes.dockerManifest,
    ...{ config: withoutSent(configBlob), layers: blobs.map(withoutSent) },
  });
  return blobs.filter(({ sent }) => sent).map(({ digest }) => digest);
}

/** As engines with the containerd image store push: an index, with an attestation beside the image. */
export async function pushIndex(to: PushingTo, { config, layers }: PushedParts, layerType: string): Promise<void> {
  const imageOf = async (bytes: Buffer, blobs: readonly Buffer[], type: string) => {
    const parts = await Promise.all(blobs.map((blob) => putBlob(to, type, blob)));
    const manifest = {
      mediaType: mediaTypes.ociManifest,
      config: withoutSent(await putBlob(to, mediaTypes.ociConfig, bytes)),
      layers: parts.map(withoutSent),
    };
    return putManifest(to, digestOf(JSON.stringify({ schemaVersion: 2, ...manifest })), manifest);
  };
  const image = await imageOf(config, layers, layerType);
  const attestation = await imageOf(
    Buffer.from('{}'),
    [Buffer.from('{"_type":"in-toto"}')],
    'application/vnd.in-toto+json',
  );
  await putManifest(to, to.tag, {
    mediaType: mediaTypes.ociIndex,
    ...{
      manifests: [
        { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
        { ...image, platform: { os: 'linux', architecture: 'amd64' } },
      ],
    },
  });
}

function withoutSent<T extends { readonly sent: boolean }>({ sent: _, ...descriptor }: T): Omit<T, 'sent'> {
  return descriptor;
}
