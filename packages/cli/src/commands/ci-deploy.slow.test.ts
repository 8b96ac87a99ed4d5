import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createNodes } from '@tozo/nx/plugin';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCommand } from '../run-command.ts';

interface DeployCall {
  readonly options: object;
  readonly directory: string;
  readonly contextDigest: string | undefined;
}
const { calls } = vi.hoisted(() => ({ calls: [] as DeployCall[] }));
vi.mock(import('./deploy.ts'), () => ({
  contextDigestVariable: 'TOZO_CONTEXT_DIGEST' as const,
  imageVariable: 'TOZO_IMAGE' as const,
  deployCommand: async (options, { cwd, env }) => {
    calls.push({ options, directory: cwd, contextDigest: env['TOZO_CONTEXT_DIGEST'] });
    return 0;
  },
}));

const commit = 'c'.repeat(40);
const digest = `sha256:${'d'.repeat(64)}`;

async function run(cwd: string, env: Record<string, string>, ...argv: string[]): Promise<DeployCall | undefined> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context = { cwd, env: { PATH: process.env['PATH'], CI: 'true', ...env }, stdin: Readable.from([]) };
  expect(await runCommand(argv, { ...context, stdout, stderr }), String(stderr.read())).toBe(0);
  return calls.pop();
}

/** Returns the arguments and the directory of the target that the plugin infers for a project. */
function inferredDeploy(workspaceRoot: string, configuration: string | undefined) {
  const [[, { projects = {} }] = ['', {}]] = createNodes[1](['apps/shop/deploy.json'], undefined, { workspaceRoot });
  const { command, options, configurations } = projects['apps/shop']!.targets['deploy']!;
  const line = [command, ...(configuration ? [configurations?.[configuration]?.args] : [])].join(' ');
  const [program, ...args] = line.split(' ');
  expect(program).toBe('tozo');
  return { args, cwd: options.cwd.replace('{projectRoot}', join(workspaceRoot, 'apps/shop')) };
}

test.for([undefined, 'staging'])(
  'the deploy job does what the inferred target deploy does, environment: %s',
  async (environment) => {
    const root = mkdtempSync(join(tmpdir(), 'tozo-ci-deploy-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const directory = join(root, 'apps/shop');
    mkdirSync(directory, { recursive: true });
    const environments = environment ? { environments: { [environment]: { app: 'shop-staging' } } } : {};
    writeFileSync(join(directory, 'deploy.json'), JSON.stringify({ processes: { web: {} }, ...environments }));
    writeFileSync(join(directory, 'package.json'), '{"name": "shop"}');
    const changes = join(root, 'changes.json');
    const apps = { 'apps/shop': { project: 'shop', contextDigest: digest } };
    writeFileSync(changes, JSON.stringify({ version: 1, commit, apps }));

    const target = inferredDeploy(root, environment);
    const byNx = await run(target.cwd, { TOZO_CONTEXT_DIGEST: digest }, ...target.args, '--report', 'report.json');
    const job = { CI_COMMIT_SHA: commit, CI_PROJECT_DIR: root };
    const flags = environment ? ['--environment', environment] : [];
    const byJob = await run(
      directory,
      job,
      ...['ci', 'deploy', ...flags, '--changes', changes, '--report', 'report.json'],
    );
    // Commander adds the default of --no-cache.
    expect({ ...byJob, options: { cache: true, ...byJob?.options } }).toEqual(byNx);
    expect(byJob).toMatchObject({ directory, contextDigest: digest });
  },
);
