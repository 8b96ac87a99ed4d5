/** Builds Dockerfiles with RUN by the direct builder, in this process, and prints what became of each as a line of JSON. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { buildDirect, digestOf, mediaTypes, probeExecutor, type ImageReference } from '@tozo/registry-pusher';
import { contentOf } from '../direct-builder/image-files.ts';
import { imageOfTar } from './base.ts';

const [directory] = process.argv.slice(2) as [string];
const tar = readFileSync(join(directory, 'base.tar'));
const base = imageOfTar(tar);
const bytes = gzipSync(tar, { level: 1 });
const layer = { mediaType: mediaTypes.dockerLayerGzip, size: bytes.length, digest: digestOf(bytes) };
const remote = {
  ...base,
  from: { registry: 'docker.io', repository: 'library/base' },
  manifestDigest: base.imageId,
  manifest: {
    schemaVersion: 2 as const,
    mediaType: mediaTypes.dockerManifest,
    config: { mediaType: mediaTypes.dockerConfig, size: base.configBytes.length, digest: base.imageId },
    layers: [layer],
  },
};
const registry = {
  getImage: async ({ repository }: ImageReference) => (repository === 'library/base' ? remote : undefined),
  getDigest: async ({ repository }: ImageReference) => (repository === 'library/base' ? base.imageId : undefined),
  readBlob: async () => Readable.from([bytes]),
};

const probed = await probeExecutor();
print({ executor: probed.executor?.name ?? probed.reason });
for await (const line of createInterface({ input: process.stdin })) {
  const { name, buildArgs } = JSON.parse(line) as { name: string; buildArgs?: Record<string, string> };
  const output: string[] = [];
  const started = performance.now();
  const outcome = await build(name, buildArgs, output).catch((error: unknown) => ({
    rejection: error instanceof Error ? `${error.message}\n${error.stack ?? ''}` : String(error),
  }));
  const took = Math.round(performance.now() - started);
  print({ name, took, ...outcome, output });
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function build(name: string, buildArgs: Record<string, string> = {}, output: string[]) {
  const built = await buildDirect(
    { context: join(directory, 'context'), dockerfile: join(directory, `${name}.Dockerfile`), buildArgs },
    {
      registry,
      ...(probed.executor === undefined
        ? {}
        : {
            run: {
              executor: probed.executor,
              secrets: { token: 'the token' },
              onLine: (line: string) => output.push(line),
            },
          }),
    },
  );
  try {
    return { content: await contentOf(built.image, [base]) };
  } finally {
    await built.close();
  }
}
