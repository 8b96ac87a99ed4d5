import { join, resolve } from 'node:path';
import type { BuildRequest } from '../build/builder.ts';
import { parseSourceDateEpoch } from '../build/epoch.ts';
import { RegistryPusherError } from '../image/errors.ts';
import { requireTaken } from '../image/registry-rules.ts';
import { build, type Built } from './build.ts';
import type { PushLine } from './command-line.ts';
import { connect } from './connect.ts';
import { formatBytes } from './format.ts';
import { pushSummary, tellBuilt } from './render-push.ts';
import type { Surroundings } from './surroundings.ts';

/** `registry-pusher push`: describes the image, uses again what the registry holds, and pushes the rest. */
export async function pushCommand(line: PushLine, surroundings: Surroundings): Promise<number> {
  const { console, signal, env } = surroundings;
  const { target, tags, format, platform } = line;
  requireTaken(target, { format, platform, tags });
  const { registry, secrets } = await connect(target, line.username, surroundings);
  try {
    const request = requestOf(line, env, secrets);
    await using built = closing(await build(line, request, registry, surroundings));
    const { image, builder, current } = built;
    tellBuilt(image, builder, console);
    const pushed = await registry.push(image.image, target, {
      format,
      tags,
      signal,
      ...(current === undefined ? {} : { current }),
      onProgress: ({ sentBytes, totalBytes }) =>
        console.progress(`sending ${formatBytes(sentBytes)} of ${formatBytes(totalBytes)}`),
    });
    const { text, value } = pushSummary(pushed, tags, image, builder);
    console.result(text, value);
    return 0;
  } finally {
    await registry.close();
  }
}

function closing(built: Built): AsyncDisposable & Built {
  return { ...built, [Symbol.asyncDispose]: () => built.image.close() };
}

function requestOf(line: PushLine, env: Surroundings['env'], secrets: readonly string[]): BuildRequest {
  const context = resolve(line.context);
  const sourceDateEpoch = parseSourceDateEpoch(env['SOURCE_DATE_EPOCH'] || undefined);
  const revision = line.revision ?? env['CI_COMMIT_SHA'];
  return {
    context,
    dockerfile: line.dockerfile === undefined ? join(context, 'Dockerfile') : resolve(line.dockerfile),
    ...(line.stage === undefined ? {} : { target: line.stage }),
    buildArgs: Object.fromEntries(line.buildArgs.flatMap((text) => buildArg(text, env))),
    secrets,
    ...(sourceDateEpoch === undefined ? {} : { sourceDateEpoch }),
    ...(revision ? { revision } : {}),
    ...(line.cacheDir === undefined ? {} : { cacheDirectory: resolve(line.cacheDir) }),
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
