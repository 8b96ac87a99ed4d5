import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { expect } from 'vitest';

export interface PlaceResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly code: string | undefined;
}

/** A registry, and a repository in it that only one case uses. */
export interface Place {
  readonly repository: string;
  readonly send: (
    method: string,
    path: string,
    options?: { body?: Buffer | string; headers?: Record<string, string> },
  ) => Promise<PlaceResponse>;
}

export const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
export const ociIndex = 'application/vnd.oci.image.index.v1+json';
/** The blob that most cases push. */
export const blob = randomBytes(5000);
export const digest = digestOf(blob);

export function placeIn(url: string, repository: string): Place {
  return { repository, send: async (method, path, options) => await send(new URL(path, url), method, options) };
}

async function send(
  url: URL,
  method: string,
  { body, headers = {} }: { body?: Buffer | string; headers?: Record<string, string> } = {},
): Promise<PlaceResponse> {
  return await new Promise((resolve, reject) => {
    const length = { 'content-length': String(body === undefined ? 0 : Buffer.byteLength(body)) };
    const type = body === undefined ? {} : { 'content-type': 'application/octet-stream' };
    const request = httpRequest(url, { method, headers: { ...length, ...type, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject).once('end', () => {
        const bytes = Buffer.concat(chunks);
        const received = new Headers();
        for (const [name, value] of Object.entries(response.headers)) received.set(name, String(value));
        resolve({ status: response.statusCode ?? 0, headers: received, bytes, code: codeOf(bytes) });
      });
    });
    request.once('error', reject).end(body);
  });
}

function codeOf(bytes: Buffer): string | undefined {
  try {
    return (JSON.parse(bytes.toString()) as { errors?: { code: string }[] }).errors?.[0]?.code;
  } catch {
    return undefined;
  }
}

export const uploads = ({ repository }: Place): string => `/v2/${repository}/blobs/uploads/`;
export const locationOf = ({ headers }: PlaceResponse): string => String(headers.get('location'));
export const begin = async (place: Place): Promise<string> => locationOf(await place.send('POST', uploads(place)));
export const withDigest = (location: string, of = digest): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${of}`;

export function chunk(start: number, end: number) {
  return { headers: { 'content-range': `${start}-${end}` }, body: blob.subarray(start, end + 1) };
}

export async function pushBlob(place: Place, bytes: Buffer = blob): Promise<void> {
  expect((await place.send('PUT', withDigest(await begin(place), digestOf(bytes)), { body: bytes })).status).toBe(201);
}

/** Pushes a unique image. */
export async function pushImage(place: Place, tag: string): Promise<Buffer> {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', made: randomBytes(8).toString('hex') }),
  );
  await pushBlob(place, config);
  const manifest = imageManifest(config);
  expect((await putManifest(place, tag, manifest)).status).toBe(201);
  return manifest;
}

export function imageManifest(config: Buffer, size = config.length): Buffer {
  const mediaType = 'application/vnd.oci.image.config.v1+json';
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: ociManifest,
      config: { mediaType, digest: digestOf(config), size, data: config.toString('base64') },
      layers: [],
    }),
  );
}

export function configOf(manifest: Buffer): Buffer {
  return Buffer.from((JSON.parse(manifest.toString()) as { config: { data: string } }).config.data, 'base64');
}

export async function putManifest(
  place: Place,
  reference: string,
  body: Buffer,
  type = ociManifest,
): Promise<PlaceResponse> {
  return await place.send('PUT', `/v2/${place.repository}/manifests/${reference}`, {
    body,
    headers: { 'content-type': type },
  });
}

export const tagsIn = ({ bytes }: PlaceResponse): string[] => (JSON.parse(bytes.toString()) as { tags: string[] }).tags;

export function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
