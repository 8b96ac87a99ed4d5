import { createHash, randomBytes, randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import {
  basic,
  bearer,
  end,
  releases,
  type Running,
  seed,
  spawnSandbox,
  start,
  seeded,
  seededIn,
} from './killed-sandbox.ts';

const kills = Number(process.env['SANDBOX_KILLS'] ?? 50);
const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/** What was sent, and whether the sandbox accepted it. */
interface Sent {
  readonly blobs: Map<string, { readonly bytes: Buffer; accepted: boolean }>;
  readonly manifests: Map<string, { readonly bytes: Buffer; accepted: boolean }>;
  readonly releases: Set<number>;
  /** A config var's last accepted value, and the value sent after it. */
  counter: { accepted: number; sent: number };
  /** The time that the sandbox was moved to last, in ISO format. */
  time: string;
  /** The number of requests in progress, by purpose. */
  readonly inProgress: Record<'push' | 'release', number>;
}

it(`killed at ${kills} random moments of pushes and releases, a sandbox keeps what it accepted and nothing partial`, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tozo-killed-'));
  const sent: Sent = {
    blobs: new Map(),
    manifests: new Map(),
    releases: new Set(),
    counter: { accepted: 0, sent: 0 },
    time: '',
    inProgress: { push: 0, release: 0 },
  };
  const hit = { push: 0, release: 0 };
  let sandbox = await start(dir);
  try {
    for (let kill = 1; kill <= kills; kill++) {
      sent.inProgress.push = sent.inProgress.release = 0;
      const work = [pushAndRelease(sandbox, sent), pushAndRelease(sandbox, sent)];
      work.push(changeConfig(sandbox, sent), moveTime(sandbox, sent));
      await killSoon(sandbox, () => {
        for (const kind of ['push', 'release'] as const) if (sent.inProgress[kind] > 0) hit[kind]++;
      });
      await Promise.all(work);
      sandbox = await start(dir);
      await verify(sandbox, sent, kill);
      expect(await seededIn(sandbox)).toEqual(seeded);
    }
    const { blobs, releases } = sent;
    console.log(`${kills} kills, ${hit.push} in a push and ${hit.release} during a release:`);
    console.log(`${blobs.size} blobs and ${releases.size} releases accepted, none lost or partial`);
    expect([releases.size, hit.push, hit.release].every((count) => count > 0)).toBe(true);
  } finally {
    await end(sandbox);
    await rm(dir, { recursive: true, force: true });
  }
}, 1_800_000);

const seedKills = Math.ceil(kills / 5);

it(`killed at ${seedKills} moments of creating its seed, a sandbox has the whole seed at the next one`, async () => {
  let inTheMiddle = 0;
  for (let kill = 1; kill <= seedKills; kill++) {
    const dir = await mkdtemp(join(tmpdir(), 'tozo-killed-'));
    const child = spawnSandbox(dir);
    while (!existsSync(join(dir, 'seeding.json')) && child.exitCode === null) await sleep(1);
    await sleep(randomInt(100));
    if (existsSync(join(dir, 'seeding.json'))) inTheMiddle++;
    await end({ child });
    const sandbox = await start(dir);
    try {
      expect(await seededIn(sandbox)).toEqual(seeded);
    } finally {
      await end(sandbox);
      await rm(dir, { recursive: true, force: true });
    }
  }
  console.log(
    `${seedKills} kills of a first start, ${inTheMiddle} while the seed was being created: each whole afterwards`,
  );
}, 1_800_000);

async function killSoon(sandbox: Running, beforeKill: () => void): Promise<void> {
  await sleep(randomInt(600));
  beforeKill();
  await end(sandbox);
}

/** Pushes images and releases them until the sandbox is killed. */
async function pushAndRelease(sandbox: Running, sent: Sent): Promise<void> {
  try {
    for (;;) {
      const image = makeImage();
      sent.inProgress.push++;
      for (const bytes of image.blobs) await pushBlob(sandbox, sent, bytes);
      const entry = { bytes: image.manifest, accepted: false };
      sent.manifests.set(digestOf(image.manifest), entry);
      const headers = { ...basic(sandbox), 'content-type': manifestType };
      const path = `/v2/shop/web/manifests/${digestOf(image.manifest)}`;
      const put = await fetch(sandbox.urls.registry + path, {
        method: 'PUT',
        headers,
        body: new Uint8Array(image.manifest),
      });
      expect(put.status).toBe(201);
      entry.accepted = true;
      sent.inProgress.push--;
      sent.inProgress.release++;
      await release(sandbox, sent, image.imageId);
      sent.inProgress.release--;
    }
  } catch (error) {
    throwUnlessKilled(error);
  }
}

/** Counts up in a config var, with a release for each value, until the sandbox is killed. */
async function changeConfig(sandbox: Running, sent: Sent): Promise<void> {
  try {
    for (;;) {
      sent.counter.sent++;
      sent.inProgress.release++;
      const response = await fetch(`${sandbox.urls.heroku}/apps/shop/config-vars`, {
        method: 'PATCH',
        headers: { ...bearer(sandbox, '3'), 'content-type': 'application/json' },
        body: JSON.stringify({ COUNTER: String(sent.counter.sent) }),
      });
      expect(response.status).toBe(200);
      sent.counter.accepted = sent.counter.sent;
      sent.inProgress.release--;
      await sleep(20);
    }
  } catch (error) {
    throwUnlessKilled(error);
  }
}

/** Moves the sandbox's time, minute by minute, until it's killed. */
async function moveTime({ child, lines }: Running, sent: Sent): Promise<void> {
  for (;;) {
    child.stdin?.write('on\n');
    const { value, done } = await lines.next();
    if (done) return;
    sent.time = value;
    await sleep(20);
  }
}

/** `fetch failed` is the kill. Anything else is a failure. */
function throwUnlessKilled(error: unknown): void {
  if (!(error instanceof TypeError)) throw error;
}

async function pushBlob(sandbox: Running, sent: Sent, bytes: Buffer): Promise<void> {
  const entry = { bytes, accepted: false };
  sent.blobs.set(digestOf(bytes), entry);
  const begun = await fetch(`${sandbox.urls.registry}/v2/shop/web/blobs/uploads/`, {
    method: 'POST',
    headers: basic(sandbox),
  });
  const url = `${begun.headers.get('location')}&digest=${digestOf(bytes)}`;
  const put = await fetch(url, { method: 'PUT', headers: basic(sandbox), body: new Uint8Array(bytes) });
  expect(put.status).toBe(201);
  entry.accepted = true;
}

async function release(sandbox: Running, sent: Sent, imageId: string): Promise<void> {
  const response = await fetch(`${sandbox.urls.heroku}/apps/shop/formation`, {
    method: 'PATCH',
    headers: { ...bearer(sandbox, '3.docker-releases'), 'content-type': 'application/json' },
    body: JSON.stringify({ updates: [{ type: 'web', quantity: 0, docker_image: imageId }] }),
  });
  expect(response.status).toBe(200);
  const current = (await releases(sandbox)).map(({ version }) => version);
  sent.releases.add(Math.max(...current));
}

async function verify(sandbox: Running, sent: Sent, kill: number): Promise<void> {
  for (const [kind, entries] of [
    ['blobs', sent.blobs],
    ['manifests', sent.manifests],
  ] as const) {
    for (const [digest, { bytes, accepted }] of entries) {
      const response = await fetch(`${sandbox.urls.registry}/v2/shop/web/${kind}/${digest}`, {
        headers: basic(sandbox),
      });
      const read = Buffer.from(await response.arrayBuffer());
      if (accepted) expect(response.status, `${kind} ${digest} after kill ${kill}`).toBe(200);
      if (response.status === 200) expect(read.equals(bytes), `${kind} ${digest} after kill ${kill}`).toBe(true);
      else entries.delete(digest);
    }
  }
  const made = await releases(sandbox);
  const dates = made.map(({ created_at: date }) => Date.parse(date));
  expect(Date.parse(sandbox.now), `time after kill ${kill}`).toBeGreaterThanOrEqual(Date.parse(sent.time || seed.time));
  expect(dates, `dates after kill ${kill}`).toEqual(dates.toSorted((a, b) => a - b));
  const versions = made.map(({ version }) => version);
  expect(versions).toEqual(expect.arrayContaining([...sent.releases]));
  expect(new Set(versions).size).toBe(versions.length);
  const vars = await fetch(`${sandbox.urls.heroku}/apps/shop/config-vars`, { headers: bearer(sandbox, '3') });
  const { COUNTER = '0' } = (await vars.json()) as { COUNTER?: string };
  expect([sent.counter.accepted, sent.counter.sent]).toContain(Number(COUNTER));
  sent.counter.accepted = Number(COUNTER);
}

function makeImage() {
  const layer = randomBytes(randomInt(1, 400_000));
  const blob = gzipSync(layer, { level: 0 });
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digestOf(layer)] } }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: descriptor('application/vnd.docker.container.image.v1+json', config),
      layers: [descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip', blob)],
    }),
  );
  return { blobs: [blob, config], manifest, imageId: digestOf(config) };
}

const descriptor = (mediaType: string, bytes: Buffer) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
