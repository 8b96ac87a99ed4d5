import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import { followBuild } from './build-output.ts';
import type { Engine, EngineBuildOptions } from '../engine/engine.ts';
import { explainEngineError, statusOf } from '../engine/errors.ts';
import type { EngineBuilder } from './docker-build-options.ts';
import type { EngineContext } from './engine-context.ts';
import { findLogins } from './logins.ts';
import { secretMounts } from '../session/secret-mounts.ts';
import { openSession } from '../session/session.ts';
import type { Transcript } from './transcript.ts';

/** The input of a build. */
export interface BuildJob {
  readonly dockerfile: Dockerfile;
  readonly context: EngineContext;
  readonly options: EngineBuildOptions;
  readonly secrets: Readonly<Record<string, string>>;
  readonly credentials: CredentialSource;
  readonly engineBuilder: EngineBuilder;
}

/**
 * Builds with BuildKit, or with the classic builder if requested or if the engine has no other.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, ENGINE_UNAVAILABLE, INSTRUCTION_UNSUPPORTED for secrets without BuildKit
 */
export async function runBuild(engine: Engine, job: BuildJob, transcript: Transcript): Promise<void> {
  try {
    const reason =
      job.engineBuilder === 'classic'
        ? 'the classic builder was requested'
        : await buildWithBuildKit(engine, job, transcript);
    if (reason === undefined) return;
    assertNoSecrets(job.dockerfile, reason);
    if (job.engineBuilder === 'buildkit')
      throw new RegistryPusherError('ENGINE_UNAVAILABLE', `Can't use BuildKit at ${engine.address}: ${reason}.`);
    if (job.engineBuilder === 'auto')
      transcript.note(`Can't use BuildKit (${reason}): using the engine's classic builder instead.`);
    const logins = await findLogins(job.dockerfile, job.options.buildArgs, job.credentials);
    const output = await engine.build({ builder: 'classic', context: job.context.tar(), logins }, job.options);
    await followBuild(output, transcript);
  } catch (error) {
    throw explainEngineError(engine.address, 'build the image', error);
  }
}

/** @returns the reason why BuildKit couldn't start, or undefined once the image is built */
async function buildWithBuildKit(engine: Engine, job: BuildJob, transcript: Transcript): Promise<string | undefined> {
  const session = await openSession(engine, job);
  if (session === undefined) return "the engine doesn't support sessions";
  try {
    const output = await engine.build({ builder: 'BuildKit', session: session.id }, job.options);
    await followBuild(output, transcript);
    return undefined;
  } catch (error) {
    if (statusOf(error) === undefined) throw session.failure() ?? error;
    return (error as Error).message.trim();
  } finally {
    session.close();
  }
}

function assertNoSecrets(dockerfile: Dockerfile, reason: string): void {
  const [mount] = secretMounts(dockerfile);
  if (mount === undefined) return;
  throw new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `Dockerfile line ${mount.line}: RUN --mount=type=secret needs BuildKit, which isn't available (${reason}). Use Docker 18.09 or newer.`,
  );
}
