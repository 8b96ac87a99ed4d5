import { join, resolve } from 'node:path';
import type { BuildRequest } from '../build/builder.ts';
import { parseSourceDateEpoch } from '../build/epoch.ts';
import { RegistryPusherError } from '../image/errors.ts';
import { storedLayers } from '../image/image.ts';
import type { ImageReference } from '../image/reference.ts';
import type { PushOptions, RegistryClient } from '../registry/client/client.ts';
import { requireImage } from '../registry/pull/require-image.ts';
import { assertAccepted } from '../image/registry-rules.ts';
import { build } from './build.ts';
import type { CommandContext } from './command-context.ts';
import type { PushArgs } from './push-args.ts';
import { connect } from './connect.ts';
import { formatBytes } from './format.ts';
import { printBuild, summarizePush } from './render-push.ts';

/** Runs `registry-pusher push`. */
export async function pushCommand(args: PushArgs, context: CommandContext): Promise<number> {
  const { console, env } = context;
  const { target, tags, format, platform } = args;
  assertAccepted(target, { format, platform, tags });
  const { registry, secrets } = await connect(target, args.username, context);
  try {
    if (args.from !== undefined) return await pushLayout(args.from, args, registry, context);
    const request = requestOf(args, env, secrets);
    const { builder, built, current } = await build(args, request, registry, context);
    await using _files = { [Symbol.asyncDispose]: built.close };
    printBuild(built, builder, console);
    const pushed = await registry.push(built.image, target, {
      ...pushOptions(args, context),
      ...(current === undefined ? {} : { current }),
    });
    const { text, value } = summarizePush(pushed, tags, { ...built, builder });
    console.printResult(text, value);
    return 0;
  } finally {
    await registry.close();
  }
}

/** Pushes the image of an OCI layout, unchanged to the byte of its config. */
async function pushLayout(
  from: ImageReference,
  args: PushArgs,
  registry: RegistryClient,
  context: CommandContext,
): Promise<number> {
  const { signal, console } = context;
  const image = await requireImage(registry, from, { signal, platform: args.platform });
  const { config, configBytes, imageId } = image;
  const layers = storedLayers(image);
  const pushed = await registry.push({ config, configBytes, imageId, layers }, args.target, pushOptions(args, context));
  const { text, value } = summarizePush(pushed, args.tags, undefined);
  console.printResult(text, value);
  return 0;
}

export function pushOptions({ format, tags }: PushArgs, { signal, console }: CommandContext): PushOptions {
  return {
    format,
    tags,
    signal,
    onNote: (line) => console.note(line),
    onProgress: ({ sentBytes, totalBytes }) =>
      console.showProgress(`sending ${formatBytes(sentBytes)} of ${formatBytes(totalBytes)}`),
  };
}

export function requestOf(args: PushArgs, env: CommandContext['env'], secrets: readonly string[]): BuildRequest {
  const context = resolve(args.context);
  const sourceDateEpoch = parseSourceDateEpoch(env['SOURCE_DATE_EPOCH'] || undefined);
  const revision = args.revision ?? env['CI_COMMIT_SHA'];
  return {
    context,
    dockerfile: args.dockerfile === undefined ? join(context, 'Dockerfile') : resolve(args.dockerfile),
    ...(args.buildContexts.length === 0
      ? {}
      : { buildContexts: Object.fromEntries(args.buildContexts.map(parseBuildContext)) }),
    ...(args.stage === undefined ? {} : { target: args.stage }),
    buildArgs: Object.fromEntries(args.buildArgs.flatMap((text) => parseBuildArg(text, env))),
    secrets,
    ...(sourceDateEpoch === undefined ? {} : { sourceDateEpoch }),
    ...(revision ? { revision } : {}),
    ...(args.cacheDir === undefined ? {} : { cacheDirectory: resolve(args.cacheDir) }),
  };
}

function parseBuildContext(text: string): [name: string, directory: string] {
  const [, name, directory] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name !== undefined && directory !== undefined) return [name, resolve(directory)];
  throw new RegistryPusherError(
    'OPTIONS_INVALID',
    `Invalid --build-context ${text}: expected NAME=DIR, with the name of a stage. See registry-pusher --help.`,
  );
}

/** Follows `docker build --build-arg`: a name without a value that isn't in the environment keeps the Dockerfile's default. */
function parseBuildArg(text: string, env: CommandContext['env']): [string, string][] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      `Invalid --build-arg ${name}: expected NAME=VALUE. See registry-pusher --help.`,
    );
  const value = equals < 0 ? env[name] : text.slice(equals + 1);
  return value === undefined ? [] : [[name, value]];
}
