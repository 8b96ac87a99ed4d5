import { join } from 'node:path';
import {
  assertEngineAvailable,
  type BuildRequest,
  checkContext,
  chooseBuilder,
  type NamedSecret,
  probeExecutor,
  type ProbedExecutor,
  readTextFile,
  RegistryPusherError,
  type UnsupportedInstruction,
  whyKeyInReach,
} from '@tozo/registry-pusher';
import { isDistinctive } from '../config/known-secrets.ts';
import type { DeployConfig } from '../config/schema.ts';
import type { ResolvedValues } from '../config/values.ts';
import type { BuildOutline, PreparedBuild } from '../ports.ts';
import type { DeployRequest } from '../request.ts';

/** The part of a deploy's request that says what is built from. */
export type BuildSettings = Pick<
  DeployRequest,
  'directory' | 'config' | 'values' | 'builder' | 'whyNoRun' | 'revision' | 'again' | 'cacheDirectory' | 'handed'
>;

/**
 * Chooses the requested builder, or, with `auto`, the direct one if it supports the Dockerfile, RUN included. Checks everything that can be
 * checked on this machine: the Dockerfile, and either the files it copies and their native code, or the Docker Engine.
 * @throws RegistryPusherError
 */
export async function prepareBuild(settings: BuildSettings, signal?: AbortSignal): Promise<PreparedBuild> {
  const request = buildRequest(settings);
  const dockerfile = await readDockerfile(request.dockerfile);
  const declaresSourceDigest = /^\s*ARG\s+SOURCE_DIGEST\b/im.test(dockerfile);
  const { handed } = settings;
  if (handed !== undefined) {
    const reason = 'an earlier job built the image';
    return { request, outline: { builder: 'direct', reason, warnings: [], declaresSourceDigest }, handed };
  }
  const { reasons, run, ...choice } = await selectBuilder(dockerfile, request, settings);
  const outline: BuildOutline = { ...choice, warnings: [], declaresSourceDigest };
  if (outline.builder === 'direct') {
    const checked = await checkContext(request, { signal, canRun: run !== undefined });
    return { request, outline, checked, ...(run ? { run } : {}) };
  }
  await assertEngineFor(reasons, signal);
  return { request, outline };
}

/**
 * Checks that Docker can execute what nothing else here can.
 * @throws RegistryPusherError ENGINE_UNAVAILABLE, with every line that needs it
 */
export async function assertEngineFor(reasons: readonly UnsupportedInstruction[], signal?: AbortSignal): Promise<void> {
  await assertEngineAvailable({}, signal).catch((error: unknown) => {
    throw explainRunWithoutEngine(error, reasons);
  });
}

/** Returns where an image is built from. Paths are absolute. */
export function buildPaths(
  directory: string,
  { context, dockerfile, stages = {} }: DeployConfig,
): Pick<BuildRequest, 'context' | 'dockerfile' | 'buildContexts'> {
  const named = Object.entries(stages).map(([name, path]) => [name, join(directory, path)]);
  return {
    context: join(directory, context),
    dockerfile: join(directory, dockerfile),
    ...(named.length === 0 ? {} : { buildContexts: Object.fromEntries(named) as Record<string, string> }),
  };
}

function buildRequest({ directory, config, values, revision, again, cacheDirectory }: BuildSettings): BuildRequest {
  return {
    ...buildPaths(directory, config),
    buildArgs: values.buildArgs,
    secrets: secretsOf(values),
    ...(revision ? { revision } : {}),
    ...(again ? { again } : {}),
    ...(cacheDirectory ? { cacheDirectory } : {}),
  };
}

/** Returns what no file of the image may contain, without values that occur in any bundle by chance. */
function secretsOf({ knownSecrets }: ResolvedValues): NamedSecret[] {
  return knownSecrets
    .map(({ variable, value, remedy }) => ({ name: variable, value: value.reveal(), remedy }))
    .filter(({ value }) => isDistinctive(value));
}

interface Selection extends Pick<BuildOutline, 'builder' | 'reason'> {
  /** What the direct builder can't build. */
  readonly reasons: readonly UnsupportedInstruction[];
  /** What executes them nevertheless. */
  readonly run?: ProbedExecutor;
}

async function selectBuilder(
  dockerfile: string,
  build: BuildRequest,
  { builder: requested, config, whyNoRun }: BuildSettings,
): Promise<Selection> {
  const plain = chooseBuilder(dockerfile, build);
  if (requested !== 'docker' && plain.builder === 'direct') {
    const reason = requested === 'direct' ? 'requested' : 'the Dockerfile runs nothing';
    return { builder: 'direct', reason, reasons: [] };
  }
  const choice = chooseBuilder(dockerfile, {
    ...build,
    canRun: true,
    whyNoRun: (base) => whyDockerOnly(config) ?? whyNoRun?.(base),
  });
  if (requested !== 'docker' && plain.builder === 'docker' && choice.builder === 'direct') {
    const run = await findExecutor();
    const how = run.executor ? `or executed ${run.executor.description}` : `and not executed: ${run.reason}`;
    return { builder: 'direct', reason: `RUN is reused, ${how}`, reasons: plain.reasons, run };
  }
  const reasons = choice.builder === 'docker' ? choice.reasons : [];
  if (build.buildContexts !== undefined)
    throw new RegistryPusherError(
      'INSTRUCTION_UNSUPPORTED',
      `"stages" in deploy.json needs a build without Docker, but ${reasons[0] === undefined ? 'the docker builder is requested' : describeReason(reasons[0])}. Replace that stage too, or remove "stages".`,
    );
  if (requested === 'docker') return { builder: 'docker', reason: 'requested', reasons };
  if (requested === 'auto') return { builder: 'docker', reason: describeReason(reasons[0]!), reasons };
  throw new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `The direct builder can't build ${build.dockerfile}:\n${describeReasons(reasons)}\nUse --builder docker, which needs a Docker Engine.`,
  );
}

/** No RUN is executed in a CI job with the key of Heroku. */
async function findExecutor(): Promise<ProbedExecutor> {
  if (whyKeyInReach() === undefined) return probeExecutor();
  return {
    reason:
      'this CI job holds HEROKU_API_KEY, which the code in RUN could read: build the image by tozo image in lint-test, and deploy it by tozo deploy --image .tozo/image',
  };
}

function whyDockerOnly({ buildNetwork }: DeployConfig): string | undefined {
  return buildNetwork === undefined ? undefined : `"buildNetwork" in deploy.json is a network of Docker`;
}

function explainRunWithoutEngine(error: unknown, reasons: readonly UnsupportedInstruction[]): unknown {
  if (!(error instanceof RegistryPusherError) || error.code !== 'ENGINE_UNAVAILABLE' || reasons.length === 0)
    return error;
  return new RegistryPusherError(
    'ENGINE_UNAVAILABLE',
    `${error.message}\nThese instructions need one:\n${describeReasons(reasons)}\nWithout them, tozo builds the image without Docker. tozo image-deps replaces the installation of packages.`,
    { cause: error },
  );
}

/** What a RUN is for matters more than the reason, which many of them share. */
function describeReasons(reasons: readonly UnsupportedInstruction[]): string {
  const lines = reasons.flatMap((reason) => [
    `  ${reason.purposes ? `line ${reason.line}: ${reason.instruction}` : describeReason(reason)}`,
    ...(reason.purposes ?? []).map(({ purpose, replacement }) => `    ${purpose}: ${replacement}`),
  ]);
  const shared = reasons.flatMap(({ purposes, reason }) => (purposes && reason !== 'RUN needs Docker' ? reason : []));
  return [...lines, ...[...new Set(shared)].map((reason) => `${reason}.`)].join('\n');
}

function describeReason({ line, instruction, reason }: UnsupportedInstruction): string {
  return `line ${line}: ${instruction}: ${reason}`;
}

async function readDockerfile(file: string): Promise<string> {
  try {
    return await readTextFile(file);
  } catch (cause) {
    if (cause instanceof RegistryPusherError) throw cause;
    throw new RegistryPusherError(
      'DOCKERFILE_MISSING',
      `There's no Dockerfile at ${file}. tozo builds images only from a Dockerfile: create one (tozo init writes it for a Node app), or set "dockerfile" in deploy.json to its path.`,
      { cause },
    );
  }
}
