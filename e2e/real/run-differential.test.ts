import { chmod, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildByEngine } from './direct-builder/engine-build.ts';
import { savedContent } from './direct-builder/image-files.ts';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { runBase, writeRunContext } from './run-builder/base.ts';
import { type RunCase, runCases } from './run-builder/cases.ts';
import {
  buildDirectly,
  type DirectBuilds,
  privileges,
  type RunMode,
  type RunOutcome,
} from './run-builder/direct-builds.ts';
import { missingPrograms } from './server-process.ts';

const bin = process.env['NEWER_DOCKER_BIN'];
const absent = missingPrograms([...daemonPrograms, 'setpriv', 'nsenter', 'unshare', 'newuidmap']);
const blocker = bin ? (absent.length > 0 ? `not installed: ${absent.join(', ')}` : daemonBlocker()) : 'no newer engine';
if (blocker !== undefined) console.log(`skipped: ${blocker} (set NEWER_DOCKER_BIN to the directory of its programs)`);

/** All of them take minutes: `npm run prove run-differential`. */
const isWhole = process.env['RUN_CASES'] !== undefined;
const step = isWhole ? 1 : 11;
/** `2/12` for the second twelfth of them. */
const [part = 1, parts = 1] = (/^(\d+)\/(\d+)$/.exec(process.env['RUN_CASES'] ?? '')?.slice(1) ?? []).map(Number);
const modes: readonly RunMode[] = isWhole
  ? ['namespaces', 'chroot', 'user namespace', 'user namespace of one user']
  : ['namespaces', 'chroot'];
const numbered = runCases
  .map((each, index) => ({ ...each, name: `case-${index}`, title: JSON.stringify(each.dockerfile) }))
  .filter((_, index) => index % step === 0 && (index + 1) % parts === part % parts);

describe.skipIf(blocker !== undefined)('the direct builder with RUN and BuildKit', () => {
  let directory: string;
  let engine: DockerDaemon;
  let builds: ReadonlyMap<RunMode, DirectBuilds>;
  const counts = { identical: 0, bothRejected: 0, refusedOnPurpose: 0, differsOnPurpose: 0, wrong: 0 };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tozo-run-'));
    await chmod(directory, 0o755);
    runBase(join(directory, 'base'));
    await mkdir(join(directory, 'context'));
    await writeRunContext(join(directory, 'context'));
    await writeFile(join(directory, 'token'), 'the token');
    for (const { name, dockerfile } of numbered) {
      const hasBase = /^(?:FROM|ARG V=)/.test(dockerfile);
      await writeFile(dockerfileOf(name), `${hasBase ? '' : 'FROM base\n'}${dockerfile}\n`);
    }
    engine = await startDockerDaemon({ bin: bin! });
    const config = ['ENV PATH=/bin', 'CMD ["/bin/sh"]', 'WORKDIR /'].flatMap((change) => ['-c', change]);
    await engine.docker('import', ...config, join(directory, 'base.tar'), 'base');
    const build = async (mode: RunMode) => [mode, await buildDirectly(directory, numbered, privileges[mode])] as const;
    builds = new Map(await Promise.all(modes.map(build)));
  }, 1_800_000);
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
    const summary = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
    console.log(
      `RUN: ${numbered.length} Dockerfiles of ${runCases.length}, ${modes.length} ways: ${summary.join(', ')}`,
    );
  });

  it('finds what the privileges allow', () => {
    for (const mode of modes) expect(builds.get(mode)!.executor).toBe(mode);
  });

  it.each(numbered)('agree on $title', async (each) => {
    const theirs = await buildInEngine(each.name);
    for (const mode of modes) {
      counts.wrong++;
      const verdict = expectEqual(each, mode, builds.get(mode)!.outcomes.get(each.name)!, theirs);
      counts.wrong--;
      counts[verdict]++;
    }
  });

  /** @throws AssertionError if ours is wrong */
  function expectEqual(
    { refused, refusedByChroot, failsInUserNamespace = false, differs }: RunCase,
    mode: RunMode,
    ours: RunOutcome,
    theirs: RunOutcome,
  ): Exclude<keyof typeof counts, 'wrong'> {
    const refusal = refused ?? (mode === 'chroot' ? refusedByChroot : undefined);
    if (refusal !== undefined) {
      expect(ours.rejection, mode).toContain(refusal);
      return 'refusedOnPurpose';
    }
    if (theirs.rejection !== undefined) {
      expect(ours, mode).toHaveProperty('rejection');
      return 'bothRejected';
    }
    if (mode.startsWith('user namespace') && failsInUserNamespace) {
      expect(ours.rejection, mode).toContain('Operation not permitted');
      return 'refusedOnPurpose';
    }
    // What needs other users fails; nothing else is another image.
    if (mode === 'user namespace of one user' && /no other users/.test(ours.rejection ?? '')) return 'refusedOnPurpose';
    if (differs !== undefined) {
      expect(ours.content ?? ours.rejection, mode).not.toEqual(theirs.content);
      return 'differsOnPurpose';
    }
    expect(ours.content ?? ours.rejection, mode).toEqual(theirs.content);
    return 'identical';
  }

  function dockerfileOf(name: string): string {
    return join(directory, `${name}.Dockerfile`);
  }

  async function buildInEngine(name: string): Promise<RunOutcome> {
    const secret = `id=token,src=${join(directory, 'token')}`;
    const where = ['-t', name, '-f', dockerfileOf(name), join(directory, 'context')];
    try {
      await buildByEngine(engine, { bin, directory }, ['--network', 'host', '--secret', secret, ...where]);
    } catch (error) {
      return { rejection: (error as { stderr: string }).stderr };
    }
    return { content: await savedContent(engine.socketPath, name) };
  }
});
