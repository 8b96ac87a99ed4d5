import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCommand } from '../run-command.ts';

const server = `import { createServer } from 'node:http';
createServer((request, response) => response.end('hello')).listen(process.env.PORT);
`;

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function appFiles(name: string): Readonly<Record<string, string>> {
  return {
    [`apps/${name}/package.json`]: JSON.stringify({ name, type: 'module', scripts: { start: 'node server.js' } }),
    [`apps/${name}/server.js`]: server,
  };
}

async function tozo(cwd: string, ...argv: string[]): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context = { cwd, env: { PATH: process.env['PATH'] }, stdin: Readable.from([]), stdout, stderr };
  expect(await runCommand(argv, context), String(stderr.read())).toBe(0);
  return String(stdout.read());
}

test('a second app gets its deploy job beside the first one, before anything is committed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tozo-init-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  const lock = JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: {} });
  const workspace = JSON.stringify({ name: 'shop', private: true, workspaces: ['apps/*'] });
  write(root, { 'package.json': workspace, 'package-lock.json': lock, ...appFiles('api') });
  const jobs = () => readFileSync(join(root, '.gitlab/deploy.yml'), 'utf8').match(/^deploy \S+:$/gm);

  await tozo(root, 'init', '--yes');
  expect(jobs()).toEqual(['deploy api:']);

  write(root, appFiles('web'));
  await tozo(root, 'init', '--yes');
  expect(jobs()).toEqual(['deploy api:', 'deploy web:']);

  expect(await tozo(root, 'ci', 'pipeline')).toContain('2 apps');
  expect(jobs()).toEqual(['deploy api:', 'deploy web:']);
});

test('works offline: nothing connects to anything', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tozo-init-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  write(root, {
    'package.json': JSON.stringify({ name: 'shop', type: 'module', scripts: { start: 'node server.js' } }),
    'package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: {} }),
    'server.js': server,
  });
  const connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation(() => {
    throw new Error('offline');
  });
  onTestFinished(() => connect.mockRestore());
  expect(await tozo(root, 'init', '--yes')).toContain('WRITTEN');
  expect(connect).not.toHaveBeenCalled();
});

test('a package.json with a byte order mark, as Windows writes it, is read as npm reads it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'tozo-init-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  execFileSync('git', ['init', '--quiet'], { cwd: root });
  write(root, {
    'package.json': `\uFEFF${JSON.stringify({ name: 'shop', type: 'module', scripts: { start: 'node server.js' } })}`,
    'package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, packages: {} }),
    'server.js': server,
  });
  expect(await tozo(root, 'init', '--dry-run')).toContain('DRY RUN');
  expect(await tozo(root, 'init', '--yes')).toContain('WRITTEN');
});
