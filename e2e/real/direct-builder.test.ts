import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describeDirect, digestOf, type Image, mediaTypes, type RemoteImage } from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daemonHindrance, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { type Case, cases } from './direct-builder/cases.ts';
import { buildByEngine } from './direct-builder/engine-build.ts';
import { contentOf, type ImageContent, savedContent } from './direct-builder/image-files.ts';
import { baseImage, writeContext } from './direct-builder/project.ts';
import { missingPrograms } from './server-process.ts';

const absent = missingPrograms(daemonPrograms);
const hindrance = absent.length > 0 ? `no ${absent.join(', ')} here (apt-get install docker.io)` : daemonHindrance();
if (hindrance !== undefined) console.log(`skipped: ${hindrance}`);

const newer = process.env['NEWER_DOCKER_BIN'];
const engines = [
  { title: 'the installed Docker Engine', bin: undefined },
  ...(newer ? [{ title: 'a newer engine', bin: newer }] : []),
];

/** What both builders make of a Dockerfile: an image's content, or a refusal. */
type Outcome = { readonly content: ImageContent } | { readonly refusal: string };

/** Builds wait for disks more than for processors, so some run at a time, each in a folder of its own. */
const numbered = cases.map((each: Case, index) => ({
  ...each,
  name: `case-${index}`,
  title: JSON.stringify([each.dockerfile, each.ignoreFile]),
}));
type Numbered = (typeof numbered)[number];

describe.skipIf(hindrance !== undefined).each(engines)('the direct builder and BuildKit of $title', ({ bin }) => {
  let folder: string;
  let engine: DockerDaemon;
  let base: Image;
  let isOld: boolean;
  const counts = { identical: 0, bothRefused: 0, refusedOnPurpose: 0, notOnThisEngine: 0 };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tozo-direct-'));
    engine = await startDockerDaemon(bin === undefined ? {} : { bin });
    base = baseImage(join(folder, 'base'));
    isOld = Number.parseInt(await engine.docker('version', '--format', '{{.Server.Version}}'), 10) < 23;
    await writeFile(join(folder, 'base.tar'), await buffer(tarOf(base)));
    const { Env, Cmd, WorkingDir, Labels } = base.config.config!;
    const changes = [
      `ENV ${Env!.join(' ')}`,
      `CMD ${JSON.stringify(Cmd)}`,
      `WORKDIR ${WorkingDir}`,
      `LABEL base=${Labels!['base']}`,
    ];
    await engine.docker('import', ...changes.flatMap((change) => ['-c', change]), join(folder, 'base.tar'), 'base');
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
    console.log(
      Object.entries(counts)
        .map(([what, count]) => `${what} ${count}`)
        .join(', '),
    );
  });

  it.concurrent.each(numbered)('agree on $title', async (each) => {
    if (each.since23 && isOld) {
      counts.notOnThisEngine++;
      return;
    }
    const dockerfile = join(folder, `${each.name}.Dockerfile`);
    const isWhole = /^(?:\uFEFF)?(?:FROM|ARG V=|# escape)/.test(each.dockerfile);
    await writeFile(dockerfile, `${isWhole ? '' : 'FROM base\n'}${each.dockerfile}\n`);
    writeContext(join(folder, each.name), each.ignoreFile);
    const [ours, theirs] = [await directly(each, dockerfile), await byEngine(each, dockerfile)];
    if (each.refused !== undefined) {
      expect(theirs).toHaveProperty('content');
      expect(ours).toEqual({ refusal: expect.stringContaining(each.refused) as string });
      counts.refusedOnPurpose++;
    } else if ('refusal' in theirs) {
      expect(ours).toHaveProperty('refusal');
      counts.bothRefused++;
    } else {
      expect(ours).toEqual(theirs);
      counts.identical++;
    }
  });

  async function directly({ name, buildArgs = {} }: Numbered, dockerfile: string): Promise<Outcome> {
    const registry = await registryWith(base);
    const request = { context: join(folder, name), dockerfile, buildArgs };
    const described = await describeDirect(request, { registry }).catch((error: unknown) => error as Error);
    if (described instanceof Error) return { refusal: described.message };
    return { content: await contentOf(described.image, base) };
  }

  async function byEngine({ name, buildArgs = {} }: Numbered, dockerfile: string): Promise<Outcome> {
    const args = Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    try {
      await buildByEngine(engine, { bin, folder }, ['-t', name, '-f', dockerfile, ...args, join(folder, name)]);
    } catch (error) {
      return { refusal: (error as { stderr: string }).stderr };
    }
    const archive = join(folder, `${name}.tar`);
    await engine.docker('save', '-o', archive, name);
    return { content: savedContent(archive) };
  }
});

function tarOf({ layers: [layer] }: Image): Readable {
  if (layer?.kind !== 'new') throw new Error('the base has no layer of its own');
  return layer.tar();
}

/** A registry that holds the base alone. */
async function registryWith(base: Image) {
  const packed = gzipSync(await buffer(tarOf(base)));
  const layer = { mediaType: mediaTypes.dockerLayerGzip, size: packed.length, digest: digestOf(packed) };
  const config = { mediaType: mediaTypes.dockerConfig, size: base.configBytes.length, digest: base.imageId };
  const image: RemoteImage = {
    ...base,
    from: { registry: 'docker.io', repository: 'library/base' },
    manifestDigest: base.imageId,
    manifest: { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers: [layer] },
  };
  return {
    getDigest: async () => image.manifestDigest,
    getImage: async () => image,
    readBlob: async () => Readable.from([packed]),
  };
}
