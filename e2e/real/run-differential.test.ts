import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildByEngine } from './direct-builder/engine-build.ts';
import { savedContent } from './direct-builder/image-files.ts';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { runBase, writeRunContext } from './run-builder/base.ts';
import { runCases } from './run-builder/cases.ts';
import { buildDirectly, type DirectBuilds, privileges, type RunOutcome } from './run-builder/direct-builds.ts';
import { missingPrograms } from './server-process.ts';

const bin = process.env['NEWER_DOCKER_BIN'];
const absent = missingPrograms([...daemonPrograms, 'setpriv', 'nsenter', 'unshare']);
const blocker = bin ? (absent.length > 0 ? `not installed: ${absent.join(', ')}` : daemonBlocker()) : 'no newer engine';
if (blocker !== undefined) console.log(`skipped: ${blocker} (set NEWER_DOCKER_BIN to the directory of its programs)`);

/** All of them take minutes: `npm run prove run-differential`. */
const step = process.env['RUN_CASES'] === 'all' ? 1 : 11;
const numbered = runCases
  .map((each, index) => ({ ...each, name: `case-${index}`, title: JSON.stringify(each.dockerfile) }))
  .filter((_, index) => index % step === 0);

describe.skipIf(blocker !== undefined)('the direct builder with RUN and BuildKit', () => {
  let directory: string;
  let engine: DockerDaemon;
  let builds: Record<'namespaces' | 'chroot', DirectBuilds>;
  const counts = { identical: 0, bothRejected: 0, refusedOnPurpose: 0, differsOnPurpose: 0 };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tozo-run-'));
    runBase(join(directory, 'base'));
    await mkdir(join(directory, 'context'));
    writeRunContext(join(directory, 'context'));
    await writeFile(join(directory, 'token'), 'the token');
    for (const { name, dockerfile } of numbered) {
      const isWhole = /^(?:FROM|ARG V=)/.test(dockerfile);
      await writeFile(dockerfileOf(name), `${isWhole ? '' : 'FROM base\n'}${dockerfile}\n`);
    }
    engine = await startDockerDaemon({ bin: bin! });
    const config = ['ENV PATH=/bin', 'CMD ["/bin/sh"]', 'WORKDIR /'].flatMap((change) => ['-c', change]);
    await engine.docker('import', ...config, join(directory, 'base.tar'), 'base');
    const [namespaces, chroot] = await Promise.all([
      buildDirectly(directory, numbered, privileges.namespaces),
      buildDirectly(directory, numbered, privileges.chroot),
    ]);
    builds = { namespaces, chroot };
  }, 1_800_000);
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
    const summary = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
    console.log(`RUN: ${numbered.length} Dockerfiles of ${runCases.length}, two ways: ${summary.join(', ')}`);
  });

  it('finds what the privileges allow', () => {
    expect(builds.namespaces.executor).toBe('namespaces');
    expect(builds.chroot.executor).toBe('chroot');
  });

  it.each(numbered)('agree on $title', async ({ name, refused, refusedByChroot, differs }) => {
    const theirs = await buildInEngine(name);
    for (const mode of ['namespaces', 'chroot'] as const) {
      const ours = builds[mode].outcomes.get(name)!;
      const refusal = refused ?? (mode === 'chroot' ? refusedByChroot : undefined);
      if (refusal !== undefined) {
        expect(ours.rejection).toContain(refusal);
        counts.refusedOnPurpose++;
      } else if (theirs.rejection !== undefined) {
        expect(ours).toHaveProperty('rejection');
        counts.bothRejected++;
      } else if (differs !== undefined) {
        expect(ours.content ?? ours.rejection).not.toEqual(theirs.content);
        counts.differsOnPurpose++;
      } else {
        expect(ours.content ?? ours.rejection).toEqual(theirs.content);
        counts.identical++;
      }
    }
  });

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
