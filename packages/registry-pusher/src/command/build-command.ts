import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RegistryPusherError } from '../image/errors.ts';
import { formatImageReference, type ImageReference, layoutReference } from '../image/reference.ts';
import { assertAccepted } from '../image/registry-rules.ts';
import type { PushResult, RegistryClient } from '../registry/client/client.ts';
import type { BuildArgs } from './build-args.ts';
import { build } from './build.ts';
import type { CommandContext } from './command-context.ts';
import { connect } from './connect.ts';
import { writeDockerArchive } from './docker-archive.ts';
import { pushOptions, requestOf } from './push.ts';
import { printBuild, summarizePush } from './render-push.ts';

/** Runs `registry-pusher build`: kaniko's options in front of the same build as `push`. */
export async function buildCommand(args: BuildArgs, context: CommandContext): Promise<number> {
  const { console, env } = context;
  const { push, destinations } = args;
  for (const { registry, repository, tag } of destinations)
    assertAccepted({ registry, repository, ...(tag === undefined ? {} : { tag }) }, { ...push, tags: [] });
  if (args.ignored.length > 0) console.note(`no effect here: ${args.ignored.join(', ')}`);
  const { registry, secrets } = await connect(push.target, undefined, context);
  const scratch = await mkdtemp(join(tmpdir(), 'registry-pusher-image-'));
  try {
    const request = requestOf({ ...push, dockerfile: await findDockerfile(push) }, env, secrets);
    const { builder, built, current } = await build(push, request, registry, context);
    await using _files = { [Symbol.asyncDispose]: built.close };
    printBuild(built, builder, console);
    const options = pushOptions(push, context);
    const results: PushResult[] = [];
    for (const [index, destination] of destinations.entries())
      results.push(
        await registry.push(built.image, destination, {
          ...options,
          ...(index === 0 && current !== undefined ? { current } : {}),
        }),
      );
    // The layout's manifest has the same bytes as the one in a registry, so its digest is the one to print.
    const layout = layoutReference(scratch, 'latest');
    if (destinations.length === 0 || args.tarPath !== undefined)
      results.push(await registry.push(built.image, layout, options));
    if (args.tarPath !== undefined) await archive(args.tarPath, scratch, push.target, registry, console);
    const result = results[0]!;
    if (args.digestFile !== undefined) await write(args.digestFile, result.manifestDigest);
    for (const { reference, manifestDigest } of results.slice(1, destinations.length))
      console.note(`pushed ${formatImageReference({ ...reference, digest: manifestDigest })}`);
    const reference = destinations.length === 0 ? push.target : result.reference;
    const { text, value } = summarizePush({ ...result, reference }, [], { ...built, builder });
    console.printResult(text, value);
    return 0;
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await registry.close();
  }
}

/** kaniko looks for it here, then in the context. */
async function findDockerfile({ dockerfile, context }: BuildArgs['push']): Promise<string | undefined> {
  if (dockerfile === undefined) return undefined;
  const isHere = await access(resolve(dockerfile)).then(
    () => true,
    () => false,
  );
  return isHere ? dockerfile : resolve(context, dockerfile);
}

async function archive(
  path: string,
  layout: string,
  name: ImageReference,
  registry: RegistryClient,
  console: CommandContext['console'],
): Promise<void> {
  const image = (await registry.getImage(layoutReference(layout, 'latest')))!;
  await orError(path, writeDockerArchive(resolve(path), image, formatImageReference(name), registry));
  console.note(`wrote ${path}: docker load --input ${path}`);
}

async function write(path: string, text: string): Promise<void> {
  await orError(path, writeFile(path, text));
}

async function orError(path: string, writing: Promise<void>): Promise<void> {
  try {
    await writing;
  } catch (cause) {
    if (cause instanceof RegistryPusherError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new RegistryPusherError(
      code === 'ENOSPC' ? 'DISK_FULL' : 'OPTIONS_INVALID',
      `${path} can't be written: ${code}. Check its directory.`,
      { cause },
    );
  }
}
