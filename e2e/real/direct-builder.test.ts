import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  buildDirect,
  digestOf,
  type Image,
  type ImageReference,
  mediaTypes,
  type RemoteImage,
} from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { type Case, cases } from './direct-builder/cases.ts';
import { buildByEngine } from './direct-builder/engine-build.ts';
import { contentOf, type ImageContent, savedContent } from './direct-builder/image-files.ts';
import { baseImage, otherImage, writeContext } from './direct-builder/project.ts';
import { describeSample, sample } from './direct-builder/sample.ts';
import { stageCases } from './direct-builder/stage-cases.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms(daemonPrograms);
const blocker = absent.length > 0 ? `not installed: ${absent.join(', ')} (apt-get install docker.io)` : daemonBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

/** Builds wait for disks more than for processors, so some run at a time, each in its own directory. */
const numbered = [...cases, ...stageCases].map((each: Case, index) => ({
  ...each,
  name: `case-${index}`,
  title: JSON.stringify([each.dockerfile, each.ignoreFile, each.target].filter((part) => part !== undefined)),
}));
type Numbered = (typeof numbered)[number];

/** The newest engine builds everything. An older one builds every fourth of the cases that it reads in the same way. */
const newer = process.env['NEWER_DOCKER_BIN'];
const everyFourth = numbered.filter(({ since23 }) => since23 !== true).filter((_, index) => index % 4 === 0);
const engines = newer
  ? [
      { title: 'a newer engine', bin: newer, built: sample(numbered, 70) },
      { title: 'the installed Docker Engine', bin: undefined, built: sample(everyFourth, 15) },
    ]
  : [{ title: 'the installed Docker Engine', bin: undefined, built: sample(numbered, 80) }];

/** The result of a build: an image's content, or an error message. */
type Outcome = { readonly content: ImageContent } | { readonly rejection: string };

describe.skipIf(blocker !== undefined).each(engines)(
  'the direct builder and BuildKit of $title',
  ({ title, bin, built }) => {
    let directory: string;
    let engine: DockerDaemon;
    let images: Record<'base' | 'other', Image>;
    let isOld: boolean;
    const counts = { identical: 0, bothRejected: 0, rejectedOnPurpose: 0, notOnThisEngine: 0 };

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'tozo-direct-'));
      engine = await startDockerDaemon(bin === undefined ? {} : { bin });
      images = { base: baseImage(join(directory, 'base')), other: otherImage(join(directory, 'other')) };
      isOld = Number.parseInt(await engine.docker('version', '--format', '{{.Server.Version}}'), 10) < 23;
      for (const [name, image] of Object.entries(images)) await importImage(name, image);
    });
    afterAll(async () => {
      await engine[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
      const summary = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
      console.log(`${title}: ${describeSample(built.length, numbered.length)} Dockerfiles: ${summary.join(', ')}`);
    });

    it.concurrent.each(built)('agree on $title', async (each) => {
      if (each.since23 && isOld) {
        counts.notOnThisEngine++;
        return;
      }
      const dockerfile = join(directory, `${each.name}.Dockerfile`);
      const isWhole = /^(?:\uFEFF)?(?:FROM|ARG [VS]=|# escape)/.test(each.dockerfile);
      await writeFile(dockerfile, `${isWhole ? '' : 'FROM base\n'}${each.dockerfile}\n`);
      writeContext(join(directory, each.name), each.ignoreFile);
      const [ours, theirs] = [await buildDirectly(each, dockerfile), await buildInEngine(each, dockerfile)];
      if (each.rejected !== undefined) {
        expect(theirs).toHaveProperty('content');
        expect(ours).toEqual({ rejection: expect.stringContaining(each.rejected) as string });
        counts.rejectedOnPurpose++;
      } else if ('rejection' in theirs) {
        expect(ours).toHaveProperty('rejection');
        counts.bothRejected++;
      } else {
        expect(ours).toEqual(theirs);
        counts.identical++;
      }
    });

    async function importImage(name: string, image: Image): Promise<void> {
      const archive = join(directory, `${name}.tar`);
      await writeFile(archive, await buffer(tarOf(image)));
      const { Env = [], Cmd, WorkingDir, Labels = {} } = image.config.config!;
      const labels = Object.entries(Labels).map(([key, value]) => `LABEL ${key}=${value}`);
      const changes = [`ENV ${Env.join(' ')}`, `CMD ${JSON.stringify(Cmd)}`, `WORKDIR ${WorkingDir}`, ...labels];
      await engine.docker('import', ...changes.flatMap((change) => ['-c', change]), archive, name);
    }

    async function buildDirectly({ name, target, buildArgs = {} }: Numbered, dockerfile: string): Promise<Outcome> {
      const registry = await registryWith(images);
      const request = { context: join(directory, name), dockerfile, buildArgs, ...(target ? { target } : {}) };
      const shop = await buildDirect(request, { registry }).catch((error: unknown) => error as Error);
      if (shop instanceof Error) return { rejection: shop.message };
      return { content: await contentOf(shop.image, Object.values(images)) };
    }

    async function buildInEngine({ name, target, buildArgs = {} }: Numbered, dockerfile: string): Promise<Outcome> {
      const args = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
      const aim = target ? ['--target', target] : [];
      const where = ['-t', name, '-f', dockerfile, join(directory, name)];
      try {
        await buildByEngine(engine, { bin, directory }, [...aim, ...args, ...where]);
      } catch (error) {
        return { rejection: (error as { stderr: string }).stderr };
      }
      return { content: await savedContent(engine.socketPath, name) };
    }
  },
);

function tarOf({ layers: [layer] }: Image): Readable {
  if (layer?.kind !== 'tar') throw new Error('The base has no tar layer.');
  return layer.tar();
}

/** Returns a registry that contains only these images. */
async function registryWith(images: Readonly<Record<string, Image>>) {
  const blobs = new Map<string, Buffer>();
  const remote = new Map<string, RemoteImage>();
  for (const [name, image] of Object.entries(images)) {
    const bytes = gzipSync(await buffer(tarOf(image)));
    const layer = { mediaType: mediaTypes.dockerLayerGzip, size: bytes.length, digest: digestOf(bytes) };
    const config = { mediaType: mediaTypes.dockerConfig, size: image.configBytes.length, digest: image.imageId };
    blobs.set(layer.digest, bytes);
    remote.set(`library/${name}`, {
      ...image,
      from: { registry: 'docker.io', repository: `library/${name}` },
      manifestDigest: image.imageId,
      manifest: { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers: [layer] },
    });
  }
  return {
    getImage: async ({ repository }: ImageReference) => remote.get(repository),
    getDigest: async ({ repository }: ImageReference) => remote.get(repository)?.manifestDigest,
    readBlob: async (_: unknown, { digest }: { digest: string }) => Readable.from([blobs.get(digest)!]),
  };
}
