import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type DeployableShop, type SandboxProcess } from '../src/testing/sandbox-process.ts';
import { cleanEnvironment, tozoProgram } from '../src/testing/tozo.ts';

/* However a deploy and its outputs end: the last line, the report and the exit code say what is true. */
let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

type Stdio = 'pipe' | number;

/** On SIGUSR2 an error that nothing catches is thrown. */
const defect = `data:text/javascript,process.on('SIGUSR2',()=>{throw new Error('a defect, with '+process.env.GITLAB_TOKEN)})`;

/** Starts a deploy as the leader of its own process group. */
function startDeploy(
  shop: DeployableShop,
  args: readonly string[],
  stdout: Stdio = 'pipe',
  stderr: Stdio = 'pipe',
): ChildProcess {
  return spawn(
    process.execPath,
    ['--import', defect, tozoProgram, 'deploy', '--sandbox', '--report', 'report.json', ...args],
    {
      cwd: shop.directory,
      env: cleanEnvironment({
        GITLAB_TOKEN: 'glpat-sentinel-7b1d',
        TOZO_SANDBOX_DIR: join(sandbox.state, 'sandbox'),
        XDG_STATE_HOME: join(sandbox.state, 'state'),
        XDG_CACHE_HOME: join(sandbox.state, 'cache'),
      }),
      stdio: ['ignore', stdout, stderr],
      detached: true,
    },
  );
}

/** Starts a deploy of a new version that hangs while it pushes. */
async function startHangingDeploy(shop: DeployableShop): Promise<ChildProcess> {
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good evening'"));
  const services = await sandbox.connect();
  const { id } = await services.addFault({
    on: { service: 'registry', method: 'PUT', path: `^/v2/${shop.name}/web/manifests/` },
    effect: { kind: 'stall' },
  });
  const child = startDeploy(shop, []);
  const fired = async () => (await services.faults()).find((fault) => fault.id === id)?.fired;
  await expect.poll(fired, { timeout: 30_000 }).toBe(1);
  return child;
}

async function reportOf(shop: DeployableShop): Promise<Record<string, unknown>> {
  const files = await readdir(shop.directory);
  expect(files.filter((name) => name.includes('report'))).toEqual(['report.json']);
  return JSON.parse(await readFile(join(shop.directory, 'report.json'), 'utf8')) as Record<string, unknown>;
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}

test.each([
  [
    'SIGTERM twice',
    (child: ChildProcess) => ['SIGTERM', 'SIGTERM'].forEach((name) => child.kill(name as 'SIGTERM')),
    143,
  ],
  ['Ctrl-C, to the whole process group', ({ pid }: ChildProcess) => void process.kill(-pid!, 'SIGINT'), 130],
  ['SIGHUP', (child: ChildProcess) => void child.kill('SIGHUP'), 129],
])('%s: the last line and the report are written (fault 115, deploy)', async (_, stop, code) => {
  await using shop = await sandbox.runningShop();
  const child = await startHangingDeploy(shop);
  const output = text(child.stdout!);
  const exited = once(child, 'exit');
  stop(child);
  expect(await exited).toEqual([code, null]);
  expect(lastLine(await output)).toMatch(new RegExp(`^CANCELLED ${shop.name}: nothing was released`));
  expect(await reportOf(shop)).toMatchObject({ outcome: 'cancelled', app: shop.name });
});

test('a crash of the command itself: last line and report tell what is known, and no stack trace shows a secret (faults 90, 115, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  const child = await startHangingDeploy(shop);
  const [output, errors] = [text(child.stdout!), text(child.stderr!)];
  const exited = once(child, 'exit');
  child.kill('SIGUSR2');
  expect(await exited).toEqual([1, null]);
  expect(await errors).toContain('Error: a defect, with [REDACTED]');
  expect(lastLine(await output)).toMatch(
    new RegExp(`^FAILED ${shop.name}: nothing was released; v\\d+ is still running`),
  );
  expect(await reportOf(shop)).toMatchObject({ outcome: 'failed', exitCode: 1 });
});

test('the terminal is gone: the last line goes to stderr, and the report is written (fault 115, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  const child = await startHangingDeploy(shop);
  const errors = text(child.stderr!);
  const exited = once(child, 'exit');
  child.stdout!.destroy();
  child.kill('SIGHUP');
  expect(await exited).toEqual([129, null]);
  expect(lastLine(await errors)).toMatch(/^CANCELLED /);
  expect(await reportOf(shop)).toMatchObject({ outcome: 'cancelled' });
});

test('stdout closed in the middle: the deploy goes on, and its result is what it was (faults 95, 173, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  await shop.edit('server.js', (content) => content.replace("'hello'", "'good evening'"));
  const child = startDeploy(shop, []);
  const errors = text(child.stderr!);
  const exited = once(child, 'exit');
  await once(child.stdout!, 'data');
  child.stdout!.destroy();
  expect(await exited).toEqual([0, null]);
  expect(lastLine(await errors)).toMatch(/^LIVE v\d+ /);
  expect(await reportOf(shop)).toMatchObject({ outcome: 'deployed' });
  expect(await shop.visit()).toMatchObject({ greeting: 'good evening' });
});

test('stdout on a full disk: the result goes to stderr (fault 173, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  const full = openSync('/dev/full', 'w');
  const child = startDeploy(shop, [], full);
  closeSync(full);
  const errors = text(child.stderr!);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(lastLine(await errors)).toMatch(/^UNCHANGED v\d+ /);
  expect(await reportOf(shop)).toMatchObject({ outcome: 'unchanged' });
});

test('stderr on a full disk changes neither the exit code nor the document (fault 173, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  const full = openSync('/dev/full', 'w');
  const child = startDeploy(shop, ['--json'], 'pipe', full);
  closeSync(full);
  const output = text(child.stdout!);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(JSON.parse(await output)).toMatchObject({ outcome: 'unchanged', text: expect.stringMatching(/^UNCHANGED /) });
  expect(await reportOf(shop)).toMatchObject({ outcome: 'unchanged' });
});

test('a report that fails at the end changes nothing but a warning (fault 171, deploy)', async () => {
  await using shop = await sandbox.runningShop();
  const ran = await shop.deploy('--report', '/dev/full');
  expect(ran.code).toBe(0);
  expect(ran.lastLine).toMatch(/^UNCHANGED /);
  expect(ran.stderr).toMatch(/^warning: the report couldn't be written to \/dev\/full: ENOSPC/);
});

test('a report that can never be written is refused before anything begins (fault 171, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const requests = async () => (await (await sandbox.connect()).journal()).length;
  const before = await requests();
  const ran = await shop.deploy('--report', 'absent/report.json');
  expect([ran.code, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).toMatch(/^Can't write the report .*absent\/report\.json: ENOENT/);
  expect(await requests()).toBe(before);
});

test('--json prints the report on stdout and what happens on stderr', async () => {
  await using shop = await sandbox.runningShop();
  const ran = await shop.deploy('--json', '--report', 'report.json');
  expect(JSON.parse(ran.stdout)).toMatchObject({ outcome: 'unchanged', app: shop.name });
  expect(ran.stdout).toBe(await readFile(join(shop.directory, 'report.json'), 'utf8'));
  expect(ran.stderr.split('\n')[0]).toBe(`${shop.name} → sandbox`);
  expect(lastLine(ran.stderr)).toMatch(/^UNCHANGED /);
});
