import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { imageOf, sha256 } from '../testing/images.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { send, serve, type TestServer } from '../testing/test-server.ts';
import { standInImages } from './base-images.ts';
import { createHubMirror } from './hub-mirror.ts';
import { ociLayoutImages } from './oci-layout.ts';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string };
  readonly annotations?: Record<string, string>;
}

async function mirror(dir: string) {
  return await serve(createHubMirror({ dir }).handler);
}

async function json<Value>(server: TestServer, path: string): Promise<Value> {
  const answer = await send(server, path);
  expect(answer.status, path).toBe(200);
  return JSON.parse(answer.text) as Value;
}

const indexOf = async (server: TestServer, reference: string) =>
  await json<{ manifests: Descriptor[] }>(server, `/v2/library/node/manifests/${reference}`);

async function pulled(server: TestServer, reference: string) {
  const [entry] = (await indexOf(server, reference)).manifests;
  const manifest = await json<{ config: Descriptor; layers: Descriptor[] }>(
    server,
    `/v2/library/node/manifests/${entry?.digest}`,
  );
  const config = await json<{
    config: { Env: string[]; Labels: object; Cmd: string[] };
    rootfs: { diff_ids: string[] };
  }>(server, `/v2/library/node/blobs/${manifest.config.digest}`);
  const layer = await send(server, `/v2/library/node/blobs/${manifest.layers[0]?.digest}`);
  return { manifest, config, layer: layer.bytes };
}

test.each(['/v2/library/alpine/manifests/latest', '/v2/library/nodes/manifests/20', '/v2/node/manifests/20'])(
  '%s is unknown',
  async (path) => {
    await using directory = await temporaryDirectory();
    await using server = await mirror(directory.path);
    expect(await send(server, path)).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  },
);

test('rejects pushes', async () => {
  await using directory = await temporaryDirectory();
  await using server = await mirror(directory.path);
  const answer = await send(server, '/v2/library/node/blobs/uploads/', { method: 'POST' });
  expect(answer).toMatchObject({ status: 403, code: 'DENIED' });
});

describe('the stand-in for the node image', () => {
  test('has the form of an official image: an OCI index of linux/amd64 and its attestation', async () => {
    await using directory = await temporaryDirectory();
    await using server = await mirror(directory.path);
    const head = await send(server, '/v2/library/node/manifests/20-slim', { method: 'HEAD' });
    expect(head.headers['content-type']).toBe('application/vnd.oci.image.index.v1+json');
    const { manifests } = await indexOf(server, '20-slim');
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { architecture: 'amd64', os: 'linux' },
      { architecture: 'unknown', os: 'unknown' },
    ]);
    expect(manifests[1]?.annotations).toEqual({
      'vnd.docker.reference.digest': manifests[0]?.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    });
    const attestation = await json<{ layers: Descriptor[] }>(
      server,
      `/v2/library/node/manifests/${manifests[1]?.digest}`,
    );
    expect(attestation.layers[0]?.mediaType).toBe('application/vnd.in-toto+json');
  });

  test('has the same bytes on every machine', async () => {
    await using directory = await temporaryDirectory();
    await using server = await mirror(directory.path);
    const head = await send(server, '/v2/library/node/manifests/20-slim', { method: 'HEAD' });
    expect(head.headers['docker-content-digest']).toBe(
      'sha256:4f926d01db8304fefe9751101f6c9ae69c993d4111fe8b050cf47bb0c02252f0',
    );
    const { manifest, config } = await pulled(server, '20-slim');
    expect(manifest.layers[0]?.digest).toBe('sha256:37fa658e9b73776ac30cc75f1e296a0147ed22cd0de261f977309a34c574c7dc');
    expect(config.rootfs.diff_ids).toEqual(['sha256:051030a767bdd46084eb8428a984774e5f71f5e8c1c947e428d3e3264c050ff7']);
  });

  test('its layer decompresses to the tar with the diff ID', async () => {
    await using directory = await temporaryDirectory();
    await using server = await mirror(directory.path);
    const { config, layer } = await pulled(server, 'lts');
    expect(config.rootfs.diff_ids).toEqual([sha256(gunzipSync(layer))]);
  });

  test("names itself a stand-in and its tag's version", async () => {
    await using directory = await temporaryDirectory();
    await using server = await mirror(directory.path);
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    expect((await pulled(server, '20.11.1-alpine')).config.config).toEqual({
      Env: [path, 'NODE_VERSION=20.11.1'],
      Cmd: ['node'],
      Labels: { 'dev.tozo.stand-in': 'true' },
    });
    expect((await pulled(server, '20')).config.config.Env).toEqual([path]);
  });

  test('has the file tree that builders read', async () => {
    await using directory = await temporaryDirectory();
    await using server = await mirror(directory.path);
    const entries = await listTar(gunzipSync((await pulled(server, '20')).layer));
    expect(entries.get('bin')).toMatchObject({ type: 'symlink', linkname: 'usr/bin' });
    expect(entries.get('var/run')).toMatchObject({ type: 'symlink', linkname: '/run' });
    expect(entries.get('tmp')).toMatchObject({ type: 'directory', mode: 0o1777, uid: 0 });
    expect(entries.get('root')).toMatchObject({ mode: 0o700 });
    expect(entries.get('home/node')).toMatchObject({ uid: 1000, gid: 1000 });
    expect(entries.get('etc/passwd')?.content).toContain('node:x:1000:1000:');
    expect(entries.get('etc/group')?.content).toContain('node:x:1000:');
    expect(entries.get('usr/local/bin/node')).toMatchObject({ mode: 0o755 });
    expect(entries.get('usr/local/bin/node')?.content).toMatch(/^#!\/bin\/sh\n[\s\S]*stand-in/);
  });

  test('a served image can be pulled by digest after a restart', async () => {
    await using directory = await temporaryDirectory();
    let digest: string;
    {
      await using server = await mirror(directory.path);
      digest = (await indexOf(server, '20')).manifests[0]?.digest ?? '';
    }
    await using server = await mirror(directory.path);
    expect(await send(server, `/v2/library/node/manifests/${digest}`)).toMatchObject({ status: 200 });
  });
});

describe('a base image of your own', () => {
  test("rejects a directory that isn't an OCI image layout", async () => {
    await using directory = await temporaryDirectory();
    await using server = await layoutMirror(directory.path, join(directory.path, 'nothing'));
    expect(await send(server, '/v2/library/node/manifests/20')).toMatchObject({ status: 503, code: 'UNKNOWN' });
  });

  test('is served from an OCI image layout, by its name or for every tag, instead of the stand-in', async () => {
    await using directory = await temporaryDirectory();
    const layout = join(directory.path, 'layout');
    const [first, second] = [await ociImage('first'), await ociImage('second')];
    await writeLayout(layout, [first]);
    {
      await using server = await layoutMirror(join(directory.path, 'mirror'), layout);
      expect((await send(server, '/v2/library/node/manifests/any')).headers['docker-content-digest']).toBe(
        first.digest,
      );
      for (const blob of first.blobs.keys()) {
        expect(await send(server, `/v2/library/node/blobs/${blob}`)).toMatchObject({ status: 200 });
      }
    }
    await writeLayout(layout, [first, second]);
    await using server = await layoutMirror(join(directory.path, 'mirror'), layout);
    expect((await send(server, '/v2/library/node/manifests/second')).headers['docker-content-digest']).toBe(
      second.digest,
    );
    const fallback = await send(server, '/v2/library/node/manifests/20');
    expect(fallback.headers['content-type']).toBe('application/vnd.oci.image.index.v1+json');
  });

  test("doesn't serve a blob whose digest doesn't match", async () => {
    await using directory = await temporaryDirectory();
    const layout = join(directory.path, 'layout');
    const image = await ociImage('broken');
    await writeLayout(layout, [image]);
    const [first] = [...image.blobs.keys()];
    await writeFile(join(layout, 'blobs/sha256', first?.slice(7) ?? ''), 'something else');
    await using server = await layoutMirror(join(directory.path, 'mirror'), layout);
    expect(await send(server, '/v2/library/node/manifests/20')).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });
});

async function layoutMirror(dir: string, layout: string) {
  const images = [ociLayoutImages({ 'library/node': layout }), standInImages];
  return await serve(createHubMirror({ dir, images }).handler);
}

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';

async function ociImage(name: string) {
  const image = await imageOf([[{ name }]]);
  const manifest = Buffer.from(
    JSON.stringify({ ...(JSON.parse(image.manifest.toString()) as object), mediaType: ociManifest }),
  );
  return { name, manifest, digest: sha256(manifest), blobs: image.blobs };
}

async function writeLayout(directory: string, images: readonly Awaited<ReturnType<typeof ociImage>>[]): Promise<void> {
  const manifests = images.map(({ name, manifest, digest }) => ({
    mediaType: ociManifest,
    digest,
    size: manifest.length,
    annotations: { 'org.opencontainers.image.ref.name': name },
  }));
  const files = new Map<string, Buffer>([['index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }))]]);
  for (const { manifest, digest, blobs } of images) {
    for (const [blob, bytes] of [...blobs, [digest, manifest] as const])
      files.set(`blobs/sha256/${blob.slice(7)}`, bytes);
  }
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  }
}

async function listTar(tar: Buffer) {
  const entries = new Map<string, Record<string, unknown> & { content: string }>();
  const archive = extract();
  Readable.from([tar]).pipe(archive);
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk);
    entries.set(entry.header.name.replace(/\/$/, ''), { ...entry.header, content: Buffer.concat(chunks).toString() });
  }
  return entries;
}
