import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuildRequest, DescribedImage, PreviousImage } from '../builders/builder.ts';
import { checkContext } from '../builders/check-context.ts';
import { chooseBuilder } from '../builders/choose.ts';
import { describeDirect } from '../builders/direct.ts';
import { parseSourceDateEpoch } from '../builders/epoch.ts';
import { RegistryPusherError } from '../errors.ts';
import { requireImage } from '../inspect/require-image.ts';
import { previousImage } from '../compose/previous-image.ts';
import { requireTaken } from '../image/registry-rules.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { PushLine } from './command-line.ts';
import { connect } from './connect.ts';
import { formatBytes } from './format.ts';
import { pushSummary, tellDescribed } from './render-push.ts';
import type { Surroundings } from './surroundings.ts';

interface Built {
  readonly described: DescribedImage;
  readonly close?: () => Promise<void>;
}

/** `registry-pusher push`: describes the image, uses again what the registry holds, and pushes the rest. */
export async function pushCommand(line: PushLine, surroundings: Surroundings): Promise<number> {
  const { console, signal, env } = surroundings;
  const { target, tags, format, platform } = line;
  requireTaken(target, { format, platform, tags });
  const { registry, secrets } = await connect(target, line.username, surroundings);
  try {
    const request = requestOf(line, env, secrets);
    const builder = await choose(line, request, surroundings);
    await using built = closing(await build(builder, line, request, registry, surroundings));
    tellDescribed(built.described, builder, console);
    const pushed = await registry.push(built.described.image, target, {
      format,
      tags,
      signal,
      onProgress: ({ sentBytes, totalBytes }) =>
        console.progress(`sending ${formatBytes(sentBytes)} of ${formatBytes(totalBytes)}`),
    });
    const { text, value } = pushSummary(pushed, tags, built.described, builder);
    console.result(text, value);
    return 0;
  } finally {
    await registry.close();
  }
}

function closing({ described, close }: Built): AsyncDisposable & Pick<Built, 'described'> {
  return { described, [Symbol.asyncDispose]: async () => close?.() };
}

function requestOf(line: PushLine, env: Surroundings['env'], secrets: readonly string[]): BuildRequest {
  const context = resolve(line.context);
  const sourceDateEpoch = parseSourceDateEpoch(env['SOURCE_DATE_EPOCH'] || undefined);
  const revision = line.revision ?? env['CI_COMMIT_SHA'];
  return {
    context,
    dockerfile: line.dockerfile === undefined ? join(context, 'Dockerfile') : resolve(line.dockerfile),
    buildArgs: Object.fromEntries(line.buildArgs.flatMap((text) => buildArg(text, env))),
    secrets,
    ...(sourceDateEpoch === undefined ? {} : { sourceDateEpoch }),
    ...(revision ? { revision } : {}),
  };
}

/** As `docker build --build-arg`: a name alone that the environment has not is left to the Dockerfile. */
function buildArg(text: string, env: Surroundings['env']): [string, string][] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new RegistryPusherError(
      'OPTIONS_INVALID',
      `--build-arg ${name} is not NAME=VALUE. See registry-pusher --help.`,
    );
  const value = equals < 0 ? env[name] : text.slice(equals + 1);
  return value === undefined ? [] : [[name, value]];
}

/** @throws RegistryPusherError DOCKERFILE_* */
async function choose({ builder }: PushLine, { dockerfile }: BuildRequest, { console }: Surroundings) {
  if (builder !== 'auto') return builder;
  const text = await readFile(dockerfile, 'utf8').catch(() => undefined);
  const choice = text === undefined ? { builder: 'direct' as const } : chooseBuilder(text);
  if (choice.builder === 'docker')
    for (const { line, instruction, reason } of choice.reasons)
      console.note(`docker builder, for Dockerfile line ${line}: ${instruction}: ${reason}`);
  return choice.builder;
}

/** Bad input ends here, before anything is asked of a registry. */
async function build(
  builder: 'direct' | 'docker',
  line: PushLine,
  request: BuildRequest,
  registry: RegistryClient,
  surroundings: Surroundings,
): Promise<Built> {
  const { console, signal } = surroundings;
  if (builder === 'docker') {
    const { buildWithDocker, requireEngine } = await import('../builders/docker.ts');
    await requireEngine({}, signal);
    const previous = await reusedImage(line, registry, surroundings);
    return buildWithDocker(request, {
      signal,
      onLog: (text) => console.note(text),
      ...(previous === undefined ? {} : { previous }),
      ...(line.stage === undefined ? {} : { target: line.stage }),
      ...(line.network === undefined ? {} : { network: line.network }),
    });
  }
  const checked = await checkContext(request, { signal });
  const previous = await reusedImage(line, registry, surroundings);
  return { described: await describeDirect(request, { registry, previous, signal, checked }) };
}

/** The image whose layers are used again: the one that is named, else what is there. */
function reusedImage(
  { target, reuseFrom, platform }: PushLine,
  registry: RegistryClient,
  { signal, console }: Surroundings,
): Promise<PreviousImage | undefined> {
  if (reuseFrom !== undefined) return requireImage(registry, reuseFrom, { signal, platform });
  return previousImage(registry, target, { signal, platform, onSkipped: (sentence) => console.note(sentence) });
}
