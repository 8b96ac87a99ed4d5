import type { Readable } from 'node:stream';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import { followBuild } from './build-output.ts';
import type { Engine, EngineBuild } from '../engine/engine.ts';
import { engineFailed, refusedWith } from '../engine/engine-errors.ts';
import { loginsFor } from './logins.ts';
import { secretMounts } from '../session/secret-mounts.ts';
import { openSession } from '../session/session.ts';
import type { Transcript } from './transcript.ts';

/** All that a build is made from. */
export interface BuildJob {
  readonly dockerfile: Dockerfile;
  /** The context as a tar file, the same at every call. */
  readonly context: () => Readable;
  readonly wanted: EngineBuild;
  readonly secrets: Readonly<Record<string, string>>;
  readonly credentials: CredentialSource;
  /** `auto`: BuildKit, or the classic builder in engines that have no other. */
  readonly engineBuilder: 'auto' | 'buildkit' | 'classic';
}

/**
 * Builds with BuildKit, or with the classic builder where that is asked for or is all that there is.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED, ENGINE_UNAVAILABLE, INSTRUCTION_UNSUPPORTED for secrets without BuildKit
 */
export async function runBuild(engine: Engine, job: BuildJob, transcript: Transcript): Promise<void> {
  try {
    const why =
      job.engineBuilder === 'classic' ? 'another builder is asked for' : await byBuildKit(engine, job, transcript);
    if (why === undefined) return;
    requireNoSecrets(job.dockerfile, why);
    if (job.engineBuilder === 'buildkit')
      throw new RegistryPusherError('ENGINE_UNAVAILABLE', `BuildKit cannot be used at ${engine.address}: ${why}.`);
    if (job.engineBuilder === 'auto')
      transcript.note(`BuildKit cannot be used here (${why}); the engine's classic builder builds instead.`);
    const logins = await loginsFor(job.dockerfile, job.wanted.buildArgs, job.credentials);
    const output = await engine.build({ builder: 'classic', context: job.context(), logins }, job.wanted);
    await followBuild(output, transcript);
  } catch (error) {
    throw engineFailed(engine.address, 'build the image', error);
  }
}

/** @returns why BuildKit could not begin; undefined once the image is built */
async function byBuildKit(engine: Engine, job: BuildJob, transcript: Transcript): Promise<string | undefined> {
  const session = await openSession(engine, job);
  if (session === undefined) return 'the engine opens no session';
  try {
    const { id, contextUrl } = session;
    const output = await engine.build({ builder: 'BuildKit', session: id, contextUrl }, job.wanted);
    return (await followBuild(output, transcript)) === 'built' ? undefined : 'it did not find the context';
  } catch (error) {
    if (refusedWith(error) === undefined) throw session.failure() ?? error;
    return (error as Error).message.trim();
  } finally {
    session.close();
  }
}

function requireNoSecrets(dockerfile: Dockerfile, why: string): void {
  const [mount] = secretMounts(dockerfile);
  if (mount === undefined) return;
  throw new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `Dockerfile line ${mount.line}: RUN --mount=type=secret needs BuildKit, which cannot be used here (${why}). Use Docker 18.09 or newer.`,
  );
}
