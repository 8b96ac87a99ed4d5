import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HerokuConnection } from './heroku-contract.ts';

const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';
const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const ociIndex = 'application/vnd.oci.image.index.v1+json';
const layer = randomBytes(3000);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/**
 * What registry.heroku.com is documented to ask, request by request and with no client in between. The suite makes one app
 * without dynos, and removes it. It depends on nothing that Heroku leaves open: a mount may or may not be one.
 */
export function herokuRegistryContract(service: string, open: () => Promise<HerokuConnection>): void {
  describe(`the registry of ${service}`, { timeout: 120_000 }, () => {
    const app = `tozo-contract-${randomBytes(4).toString('hex')}`;
    let connection: HerokuConnection;

    beforeAll(async () => {
      connection = await open();
      const made = await api('POST', '/apps', { name: app, stack: 'container' });
      if (made.status !== 201) throw new Error(`POST /apps: ${made.status} ${made.bytes.toString()}`);
    }, 60_000);
    afterAll(async () => {
      await api('DELETE', `/apps/${app}`);
      await connection[Symbol.asyncDispose]();
    }, 60_000);

    async function api(method: string, path: string, body?: object, variant = ''): Promise<Answer> {
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

    async function ask(
      method: string,
      path: string,
      { body, headers = {}, login = `_:${connection.key}` }: AskOptions = {},
    ): Promise<Answer> {
      const authorization = login === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
      return await exchange(new URL(path, connection.registryUrl ?? 'https://registry.heroku.com'), {
        method,
        headers: { ...authorization, ...headers },
        ...(body && { body: new Uint8Array(body) }),
      });
    }

    const begin = async (type: string): Promise<string> => {
      const { status, headers } = await ask('POST', `/v2/${app}/${type}/blobs/uploads/`);
      expect(status).toBe(202);
      return String(headers.get('location'));
    };
    const pushBlob = async (type: string, bytes: Buffer): Promise<void> => {
      const put = await ask('PUT', withDigest(await begin(type), digestOf(bytes)), { body: bytes });
      expect(put.status).toBe(201);
    };
    const putManifest = async (type: string, body: Buffer, mediaType = dockerManifest): Promise<Answer> =>
      await ask('PUT', `/v2/${app}/${type}/manifests/latest`, { body, headers: { 'content-type': mediaType } });

    it('without credentials there is a challenge, with a wrong key none gets in', async () => {
      const anonymous = await ask('GET', '/v2/', { login: '' });
      expect([anonymous.status, anonymous.headers.has('www-authenticate')]).toEqual([401, true]);
      const wrong = await ask('GET', `/v2/${app}/web/tags/list`, { login: '_:HRKU-wrong' });
      expect([400, 401, 403]).toContain(wrong.status);
    });

    it('the key is what counts, whoever says it', async () => {
      for (const user of ['_', 'somebody@example.com']) {
        expect((await ask('GET', '/v2/', { login: `${user}:${connection.key}` })).status, user).toBe(200);
      }
    });

    it('an app that does not exist: 400 with an empty body', async () => {
      const { status, bytes } = await ask('POST', `/v2/${app}-no/web/blobs/uploads/`);
      expect([status, bytes.length]).toEqual([400, 0]);
    });

    it('a blob comes in by PUT or by PATCH and PUT, is there afterwards, and must have its digest', async () => {
      await pushBlob('web', layer);
      const other = randomBytes(2000);
      const patched = await ask('PATCH', await begin('web'), { body: other });
      expect(patched.status).toBe(202);
      const location = withDigest(String(patched.headers.get('location')), digestOf(other));
      expect((await ask('PUT', location)).status).toBe(201);
      for (const bytes of [layer, other]) {
        const head = await ask('HEAD', `/v2/${app}/web/blobs/${digestOf(bytes)}`);
        expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
      }
      const lying = await ask('PUT', withDigest(await begin('web'), digestOf('other')), { body: other });
      expect([lying.status, codeOf(lying)]).toEqual([400, 'DIGEST_INVALID']);
    });

    it('a mount is one, or becomes an upload', async () => {
      const { status, headers } = await ask(
        'POST',
        `/v2/${app}/worker/blobs/uploads/?mount=${digestOf(layer)}&from=${app}/web`,
      );
      expect([201, 202]).toContain(status);
      expect(headers.get('location')).not.toBeNull();
    });

    it('OCI manifests and indexes are refused', async () => {
      const { manifest, config } = image(ociManifest);
      await pushBlob('web', config);
      for (const [type, body] of [
        [ociManifest, manifest],
        [ociIndex, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests: [] }))],
      ] as const) {
        const { status } = await putManifest('web', body, type);
        expect([400, 405, 415], type).toContain(status);
      }
    });

    it('a Docker schema 2 image is taken once its blobs are there, and read in the same bytes', async () => {
      const { manifest, config } = image(dockerManifest);
      const early = await putManifest('web', manifest);
      expect(early.status).toBeGreaterThanOrEqual(400);
      expect(early.status).toBeLessThan(500);
      await pushBlob('web', config);
      expect((await putManifest('web', manifest)).status).toBe(201);
      const read = await ask('GET', `/v2/${app}/web/manifests/latest`, { headers: { accept: dockerManifest } });
      expect([read.status, read.headers.get('content-type')]).toEqual([200, dockerManifest]);
      expect(read.bytes.equals(manifest)).toBe(true);
    });

    it('a pushed image is released by the digest of its config, and by no other', async () => {
      const { manifest, config } = image(dockerManifest);
      await pushBlob('worker', layer);
      await pushBlob('worker', config);
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

interface AskOptions {
  readonly body?: Buffer;
  readonly headers?: Record<string, string>;
  /** `USER:PASSWORD`; empty for none. */
  readonly login?: string;
}

async function exchange(url: URL, init: RequestInit): Promise<Answer> {
  const answer = await fetch(url, init);
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/** An image of one layer, like no other, that does nothing. */
function image(mediaType: string): { readonly manifest: Buffer; readonly config: Buffer } {
  const isOci = mediaType === ociManifest;
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['true'], Labels: { made: randomBytes(8).toString('hex') } },
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
  return { manifest: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers })), config };
}

const withDigest = (location: string, of: string): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${of}`;

function codeOf({ bytes }: Answer): string | undefined {
  return (JSON.parse(bytes.toString()) as { errors?: { code: string }[] }).errors?.[0]?.code;
}

function digestOf(bytes: Buffer | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
