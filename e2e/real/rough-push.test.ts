import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createRegistryClient, type Image, imageOf, type UncompressedLayer } from '@tozo/registry-pusher';
import { describe, expect, it } from 'vitest';
import { distributionPrograms, startDistribution } from './distribution.ts';
import { startRoughNetwork } from './rough-network.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms(distributionPrograms);
if (absent.length > 0)
  console.log(`skipped: not installed: ${absent.join(', ')} (apt-get install docker-registry apache2-utils)`);

/** A sample of `npm run prove rough-network`, which is 50 pushes of 200 MB. */
const { ROUGH_PUSHES = '4', ROUGH_MEGABYTES = '40', ROUGH_SEED = '7' } = process.env;
const pushes = Number(ROUGH_PUSHES);
const layerBytes = (Number(ROUGH_MEGABYTES) * 1e6) / 4;

describe.skipIf(absent.length > 0)('on a network that breaks, stalls and slows down', () => {
  it(
    `${pushes} of ${pushes} pushes of ${ROUGH_MEGABYTES} MB complete, and little is sent twice (faults 1, 2, 26, 27, registry-pusher)`,
    { timeout: 3_600_000 },
    async () => {
      await using source = await startDistribution();
      await using registry = await startDistribution();
      await using network = await startRoughNetwork(Number(registry.name.split(':')[1]), Number(ROUGH_SEED), {
        resets: 0.25,
        stalls: 0.05,
        slow: 0.2,
        longest: layerBytes,
        rate: 4_000_000,
      });
      const client = createRegistryClient({
        endpoints: { [registry.name]: { url: network.url } },
        timing: { stall: 6000, backoff: 20 },
      });
      const at = ({ name }: { name: string }, repository: string) => ({ registry: name, repository, tag: 'latest' });
      const image = await imageOfNoise(4);
      const { layers } = await client.push(image, at(source, 'shop/web'));

      let needed = 0;
      let sent = 0;
      for (let push = 0; push < pushes; push++) {
        const result = await client.push({ ...image, layers }, at(registry, `shop/web-${push}`));
        needed += result.blobs.reduce((sum, { size }) => sum + size, 0);
        sent += result.sentBytes;
        expect(result.imageId).toBe(image.imageId);
        const whole = result.blobs.length === 5 && result.blobs.every(({ outcome }) => outcome === 'sent');
        expect(whole, 'every blob is sent, even if another repository has it').toBe(true);
      }
      await client.close();

      const ratio = (sent / needed).toFixed(2);
      console.log(
        `${pushes} of ${pushes} pushes of ${(needed / pushes / 1e6).toFixed(0)} MB, seed ${ROUGH_SEED}:`,
        network.happened,
        `${ratio} times the bytes`,
      );
      expect(network.happened.resets + network.happened.stalls).toBeGreaterThan(0);
      expect(sent / needed).toBeLessThan(1.5);
    },
  );
});

/** Returns an image of incompressible layers, which are generated while they are read. */
async function imageOfNoise(count: number): Promise<Image> {
  const layers = await Promise.all(Array.from({ length: count }, (_, index) => noise(index)));
  const diff_ids = layers.map(({ diffId }) => diffId);
  return imageOf({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids } }, layers);
}

async function noise(index: number): Promise<UncompressedLayer> {
  const zeros = Buffer.alloc(1_000_000);
  function* chunks() {
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, index));
    for (let left = layerBytes; left > 0; left -= zeros.length) yield cipher.update(zeros.subarray(0, left));
  }
  const hash = createHash('sha256');
  for (const chunk of chunks()) hash.update(chunk);
  return { kind: 'tar', diffId: `sha256:${hash.digest('hex')}`, tar: () => Readable.from(chunks()) };
}
