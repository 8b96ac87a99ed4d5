import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  createRegistryClient,
  digestOf,
  type Image,
  imageOf,
  type RegistryClient,
  storedLayers,
  type UncompressedLayer,
} from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Distribution, distributionPrograms, startDistribution } from './distribution.ts';
import { machineImage } from './machine-image.ts';
import { startBodyLimit } from './body-limit.ts';
import { startRoughNetwork } from './rough-network.ts';
import { missingPrograms } from './server-process.ts';

const run = promisify(execFile);
const absent = missingPrograms([...distributionPrograms, 'skopeo']);
if (absent.length > 0)
  console.log(`skipped: not installed: ${absent.join(', ')} (apt-get install docker-registry skopeo apache2-utils)`);

const credentials = { username: '_', password: 'a-key' };

describe.skipIf(absent.length > 0)('registry-pusher on a real registry', () => {
  let registry: Distribution;
  let hub: Distribution;
  let client: RegistryClient;
  const image = machineImage();

  beforeAll(async () => {
    [registry, hub] = await Promise.all([startDistribution(credentials), startDistribution()]);
    client = createRegistryClient({ endpoints: { [registry.name]: { credentials } } });
  });
  afterAll(async () => {
    await client.close();
    await registry[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
  });

  const at = ({ name }: Distribution, repository: string) => ({ registry: name, repository, tag: 'latest' });
  const skopeo = async (...args: string[]) => (await run('skopeo', args, { maxBuffer: 10_000_000 })).stdout;
  const inspect = (server: Distribution, repository: string, ...args: string[]) =>
    skopeo('inspect', '--tls-verify=false', ...server.credentialArgs, ...args, `docker://${server.name}/${repository}`);

  it('reports a wrong password without showing it', async () => {
    const wrong = { ...credentials, password: 'another-key' };
    const stranger = createRegistryClient({ endpoints: { [registry.name]: { credentials: wrong } } });

    await expect(stranger.push(image, at(registry, 'shop/web'))).rejects.toMatchObject({
      code: 'REGISTRY_UNAUTHORIZED',
    });
    await expect(stranger.getImage(at(registry, 'shop/web'))).rejects.toMatchObject({
      message: expect.not.stringContaining('another-key') as unknown,
    });
    await stranger.close();
  });

  it('pushes an image that skopeo reads as Docker schema 2 with the verified digest', async () => {
    expect(await client.getImage(at(registry, 'shop/first'))).toBeUndefined();

    const pushed = await client.push(image, at(registry, 'shop/first'));

    const raw = await inspect(registry, 'shop/first', '--raw');
    expect(JSON.parse(raw)).toMatchObject({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', digest: image.imageId },
    });
    expect(JSON.parse(await inspect(registry, 'shop/first'))).toMatchObject({
      Digest: pushed.manifestDigest,
      Architecture: 'amd64',
      Env: ['PATH=/bin'],
    });
  });

  it('sends nothing twice, and mounts blobs of another repository', async () => {
    await client.push(image, at(registry, 'shop/web'));
    const again = await client.push(image, at(registry, 'shop/web'));
    expect(again.sentBytes).toBe(0);

    const other = await client.push({ ...image, layers: again.layers }, at(registry, 'shop/worker'));
    expect(other.blobs.map(({ outcome }) => outcome)).toEqual(['mounted', 'sent']);
  });

  it.skipIf(process.getuid?.() !== 0)('sends no manifest on a full disk (fault 56, registry-pusher)', async () => {
    const small = await mkdtemp(join(tmpdir(), 'tozo-small-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    vi.stubEnv('TMPDIR', small);
    const bytes = randomBytes(3_000_000);
    const layer = {
      kind: 'tar',
      diffId: digestOf(bytes),
      tar: () => Readable.from([bytes]),
    } as const;
    const large = imageOf({ ...image.config, rootfs: { type: 'layers', diff_ids: [layer.diffId] } }, [layer]);
    try {
      await expect(client.push(large, at(registry, 'shop/large'))).rejects.toMatchObject({
        code: 'DISK_FULL',
        message: expect.stringContaining(small) as unknown,
      });
      expect(await readdir(small)).toEqual([]);
      expect(await client.getImage(at(registry, 'shop/large'))).toBeUndefined();
    } finally {
      vi.unstubAllEnvs();
      await run('umount', [small]);
      await rm(small, { recursive: true });
    }
  });

  it('completes pushes on a network that breaks and stalls, and sends little twice (faults 1, 2, 26, registry-pusher)', async () => {
    const seed = Number(process.env['ROUGH_SEED'] ?? 7);
    await using network = await startRoughNetwork(Number(registry.name.split(':')[1]), seed);
    const rough = createRegistryClient({
      endpoints: { [registry.name]: { url: network.url, credentials } },
      timing: { stall: 1000, backoff: 20 },
    });
    let needed = 0;
    let sent = 0;
    let last: string | undefined;
    for (let push = 0; push < 20; push++) {
      const several = imageFrom(...[1, 2, 3, 4].map(() => incompressible(500_000)));
      const result = await rough.push(several, at(registry, 'shop/rough'));
      needed += result.blobs.reduce((sum, { size }) => sum + size, 0);
      sent += result.sentBytes;
      last = result.manifestDigest;
    }
    await rough.close();
    expect(JSON.parse(await inspect(registry, 'shop/rough'))).toMatchObject({ Digest: last });
    console.log(`20 of 20 pushes, seed ${seed}:`, network.happened, `${(sent / needed).toFixed(2)} times the bytes`);
    expect(network.happened.resets).toBeGreaterThan(0);
    expect(sent / needed).toBeLessThan(1.5);
  });

  it('sends chunks when a proxy rejects large bodies', async () => {
    const longest = 500_000;
    await using proxy = await startBodyLimit(registry.name, longest);
    const limited = createRegistryClient({ endpoints: { [registry.name]: { url: proxy.url, credentials } } });
    const large = imageFrom(incompressible(1_800_000));

    const pushed = await limited.push(large, at(registry, 'shop/chunks'));
    await limited.close();

    expect(JSON.parse(await inspect(registry, 'shop/chunks'))).toMatchObject({ Digest: pushed.manifestDigest });
    expect(proxy.rejected()).toBe(1);
    expect(proxy.chunks()).toBeGreaterThan(3);
  });

  it('converts an OCI base from another registry to Docker schema 2, with the same blobs and image ID', async () => {
    await client.push(image, at(registry, 'shop/docker'));
    const source = `docker://${registry.name}/shop/docker`;
    const creds = ['--src-creds', `_:${credentials.password}`, '--src-tls-verify=false', '--dest-tls-verify=false'];
    await skopeo('copy', '--format', 'oci', ...creds, source, `docker://${hub.name}/library/base`);
    expect(JSON.parse(await inspect(hub, 'library/base', '--raw'))).toMatchObject({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
    });

    const base = await client.getImage(at(hub, 'library/base'));
    const { config, configBytes, imageId } = base!;
    const pushed = await client.push(
      { config, configBytes, imageId, layers: storedLayers(base!) },
      at(registry, 'shop/oci'),
    );

    expect(pushed.blobs.map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
    const raw = JSON.parse(await inspect(registry, 'shop/oci', '--raw')) as { mediaType: string; layers: unknown[] };
    expect(raw.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(raw.layers).toEqual(base!.manifest.layers);
  });
});

function incompressible(size: number): UncompressedLayer {
  const bytes = randomBytes(size);
  return { kind: 'tar', diffId: digestOf(bytes), tar: () => Readable.from([bytes]) };
}

function imageFrom(...layers: UncompressedLayer[]): Image {
  const diff_ids = layers.map(({ diffId }) => diffId);
  return imageOf({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids } }, layers);
}
