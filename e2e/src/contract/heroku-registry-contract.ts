import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HerokuConnection } from './heroku-connection.ts';

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';

interface RegistryResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/**
 * The documented rules of registry.heroku.com, request by request and without a client. The suite creates one app without dynos
 * and removes it. Each test pushes its own blobs. The suite depends on nothing that Heroku leaves open: a mount may become an
 * upload.
 */
export function herokuRegistryContract(service: string, open: () => Promise<HerokuConnection>): void {
  describe(`the registry of ${service}`, { timeout: 120_000 }, () => {
    const app = `tozo-contract-${randomBytes(4).toString('hex')}`;
    let connection: HerokuConnection;

    beforeAll(async () => {
      connection = await open();
      const created = await api('POST', '/apps', { name: app, stack: 'container' });
      if (created.status !== 201) throw new Error(`POST /apps: ${created.status} ${created.bytes.toString()}`);
    }, 60_000);
    afterAll(async () => {
      await api('DELETE', `/apps/${app}`);
      await connection[Symbol.asyncDispose]();
    }, 60_000);

    async function api(method: string, path: string, body?: object, variant = ''): Promise<RegistryResponse> {
      return await exchange(new URL(path, connection.url ?? 'https://api.heroku.com'), {
        method,
        headers: {
          accept: `application/vnd.heroku+json; version=3${variant}`,
          authorization: `Bearer ${connection.key}`,
          'content-type': 'application/json',
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    }

    async function send(
      method: string,
      path: string,
      { body, headers = {}, login = `_:${connection.key}` }: SendOptions = {},
    ): Promise<RegistryResponse> {
      const authorization = login === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
      return await exchange(new URL(path, connection.registryUrl ?? 'https://registry.heroku.com'), {
        method,
        headers: { ...authorization, ...headers },
        ...(body && { body: new Uint8Array(body) }),
      });
    }

    const begin = async (type: string): Promise<string> => {
      const { status, headers } = await send('POST', `/v2/${app}/${type}/blobs/uploads/`);
      expect(status).toBe(202);
      return String(headers.get('location'));
    };
    const pushBlob = async (type: string, bytes: Buffer): Promise<void> => {
      const put = await send('PUT', withDigest(await begin(type), digestOf(bytes)), { body: bytes });
      expect(put.status).toBe(201);
    };
    const putManifest = async (type: string, body: Buffer, mediaType = dockerManifest): Promise<RegistryResponse> =>
      await send('PUT', `/v2/${app}/${type}/manifests/latest`, { body, headers: { 'content-type': mediaType } });

    it('challenges a request without credentials and rejects a wrong key', async () => {
      const anonymous = await send('GET', '/v2/', { login: '' });
      expect([anonymous.status, anonymous.headers.has('www-authenticate')]).toEqual([401, true]);
      const wrong = await send('GET', `/v2/${app}/web/tags/list`, { login: '_:HRKU-wrong' });
      expect([400, 401, 403]).toContain(wrong.status);
    });

    it('checks the key and ignores the username', async () => {
      for (const user of ['_', 'somebody@example.com']) {
        expect((await send('GET', '/v2/', { login: `${user}:${connection.key}` })).status, user).toBe(200);
      }
    });

    it('returns 400 with an empty body for a missing app', async () => {
      const { status, bytes } = await send('POST', `/v2/${app}-no/web/blobs/uploads/`);
      expect([status, bytes.length]).toEqual([400, 0]);
    });

    it('accepts a blob by PUT or by PATCH and PUT, if its digest is right', async () => {
      const layer = randomBytes(3000);
      await pushBlob('web', layer);
      const other = randomBytes(2000);
      const patched = await send('PATCH', await begin('web'), { body: other });
      expect(patched.status).toBe(202);
      const location = withDigest(String(patched.headers.get('location')), digestOf(other));
      expect((await send('PUT', location)).status).toBe(201);
      for (const bytes of [layer, other]) {
        const head = await send('HEAD', `/v2/${app}/web/blobs/${digestOf(bytes)}`);
        expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
      }
      const lying = await send('PUT', withDigest(await begin('web'), digestOf('other')), { body: other });
      expect([lying.status, codeOf(lying)]).toEqual([400, 'DIGEST_INVALID']);
    });

    it('mounts a blob, or starts an upload instead', async () => {
      const layer = randomBytes(3000);
      await pushBlob('web', layer);
      const { status, headers } = await send(
        'POST',
        `/v2/${app}/worker/blobs/uploads/?mount=${digestOf(layer)}&from=${app}/web`,
      );
      expect([201, 202]).toContain(status);
      expect(headers.get('location')).not.toBeNull();
    });

    it('rejects OCI manifests and indexes', async () => {
      const { manifest, blobs } = image(ociManifest);
      for (const blob of blobs) await pushBlob('web', blob);
      for (const [type, body] of [
        [ociManifest, manifest],
        [ociIndex, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [] }))],
      ] as const) {
        const { status } = await putManifest('web', body, type);
        expect([400, 405, 415], type).toContain(status);
      }
    });

    it('accepts a Docker schema 2 image once it has its blobs, and returns the same bytes', async () => {
      const { manifest, blobs } = image(dockerManifest);
      const early = await putManifest('web', manifest);
      expect(early.status).toBeGreaterThanOrEqual(400);
      expect(early.status).toBeLessThan(500);
      for (const blob of blobs) await pushBlob('web', blob);
      expect((await putManifest('web', manifest)).status).toBe(201);
      const read = await send('GET', `/v2/${app}/web/manifests/latest`, { headers: { accept: dockerManifest } });
      expect([read.status, read.headers.get('content-type')]).toEqual([200, dockerManifest]);
      expect(read.bytes.equals(manifest)).toBe(true);
    });

    it('releases a pushed image by the digest of its config, and by no other', async () => {
      const { manifest, config, blobs } = image(dockerManifest);
      for (const blob of blobs) await pushBlob('worker', blob);
      expect((await putManifest('worker', manifest)).status).toBe(201);
      const release = async (id: string): Promise<number> => {
        const updates = [{ type: 'worker', quantity: 0, docker_image: id }];
        return (await api('PATCH', `/apps/${app}/formation`, { updates }, '.docker-releases')).status;
      };
      expect([404, 422]).toContain(await release(digestOf(manifest)));
      expect(await release(digestOf(config))).toBe(200);
    });
  });
}

interface SendOptions {
  readonly body?: Buffer;
  readonly headers?: Record<string, string>;
  /** `USER:PASSWORD`; empty for none. */
  readonly login?: string;
}

async function exchange(url: URL, init: RequestInit): Promise<RegistryResponse> {
  const response = await fetch(url, init);
  const { status, headers } = response;
  return { status, headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Returns a unique image of one layer that does nothing. */
function image(mediaType: string) {
  const layer = randomBytes(3000);
  const isOci = mediaType === ociManifest;
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['true'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const types = isOci
    ? ['application/vnd.oci.image.config.v1+json', 'application/vnd.oci.image.layer.v1.tar+gzip']
    : ['application/vnd.docker.container.image.v1+json', 'application/vnd.docker.image.rootfs.diff.tar.gzip'];
  const [described, ...layers] = [config, layer].map((bytes, index) => ({
    mediaType: types[index],
    digest: digestOf(bytes),
    size: bytes.length,
  }));
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers }));
  return { manifest, config, blobs: [config, layer] };
}

const withDigest = (location: string, of: string): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${of}`;

function codeOf({ bytes }: RegistryResponse): string | undefined {
  return (JSON.parse(bytes.toString()) as { errors?: { code: string }[] }).errors?.[0]?.code;
}

function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
