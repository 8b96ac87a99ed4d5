import type { IncomingHttpHeaders } from 'node:http';
import { mediaTypes } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';

/** The registry that an engine pushes to. */
export interface PushTarget {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly repository: string;
  readonly tag: string;
  readonly authorization: string;
}

/** Returns the registry of `HOST:PORT/REPOSITORY:TAG` with the request's credentials. */
export function pushTargetOf(image: string, headers: IncomingHttpHeaders): PushTarget {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(image)!;
  const auth = JSON.parse(Buffer.from(String(headers['x-registry-auth']), 'base64url').toString()) as Login;
  const authorization = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  return { origin: `http://${host}`, repository: repository!, tag: tag!, authorization };
}

interface Login {
  readonly username: string;
  readonly password: string;
}

interface Content {
  readonly body?: Buffer;
  readonly mediaType?: string;
}

/** Sends one request like an engine. @throws Error for a status that an engine treats as a failure */
export async function send({ origin, authorization }: PushTarget, method: string, path: string, content: Content = {}) {
  const url = new URL(path, origin);
  const { body, mediaType = 'application/octet-stream' } = content;
  const init = { method, headers: { authorization, 'content-type': mediaType } };
  const response = await fetch(url, body === undefined ? init : { ...init, body: new Uint8Array(body) });
  if (response.status >= 400 && response.status !== 404)
    throw new Error(`${method} ${url.pathname}: ${response.status}`);
  return response;
}

/** Uploads a blob like Docker, unless the registry has it. */
export async function putBlob(to: PushTarget, mediaType: string, bytes: Buffer) {
  const digest = digestOf(bytes);
  const descriptor = { mediaType, size: bytes.length, digest };
  const blobs = `/v2/${to.repository}/blobs`;
  if ((await send(to, 'HEAD', `${blobs}/${digest}`)).ok) return { ...descriptor, sent: false };
  const begun = await send(to, 'POST', `${blobs}/uploads/`);
  const patched = await send(to, 'PATCH', begun.headers.get('location')!, { body: bytes });
  await send(to, 'PUT', `${patched.headers.get('location')!}?digest=${digest}`);
  return { ...descriptor, sent: true };
}

export async function putManifest(to: PushTarget, name: string, manifest: { readonly mediaType: string }) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest }));
  const { mediaType } = manifest;
  await send(to, 'PUT', `/v2/${to.repository}/manifests/${name}`, { mediaType, body: bytes });
  return { mediaType, size: bytes.length, digest: digestOf(bytes) };
}

export interface PushedParts {
  readonly config: Buffer;
  /** The bytes to push. */
  readonly layers: readonly Buffer[];
}

/** Pushes like an engine with the classic image store: one schema 2 manifest. Returns the digests of the uploaded layers. */
export async function pushClassic(to: PushTarget, { config, layers }: PushedParts): Promise<string[]> {
  const blobs = [];
  for (const layer of layers) blobs.push(await putBlob(to, mediaTypes.dockerLayerGzip, layer));
  const configBlob = await putBlob(to, mediaTypes.dockerConfig, config);
  await putManifest(to, to.tag, {
    mediaType: mediaTypes.dockerManifest,
    ...{ config: withoutSent(configBlob), layers: blobs.map(withoutSent) },
  });
  return blobs.filter(({ sent }) => sent).map(({ digest }) => digest);
}

/** Pushes like an engine with the containerd image store: an index of the image and an attestation. */
export async function pushIndex(to: PushTarget, { config, layers }: PushedParts, layerType: string): Promise<void> {
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
