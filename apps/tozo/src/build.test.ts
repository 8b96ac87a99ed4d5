import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram } from './testing/program.ts';

const project = fileURLToPath(new URL('../', import.meta.url));
const run = promisify(execFile);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tozo-build-'));
  await run(process.execPath, [join(project, 'build.js'), join(directory, 'one')]);
  await run(process.execPath, [join(project, 'build.js'), join(directory, 'two')], {
    cwd: directory,
    env: { TZ: 'Asia/Tokyo' },
  });
});
afterAll(() => rm(directory, { recursive: true }));

/** Returns every file's name and digest. */
async function filesOf(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true })).sort();
  const files: Record<string, string> = {};
  for (const name of names)
    if ((await stat(join(root, name))).isFile())
      files[name] = createHash('sha256')
        .update(await readFile(join(root, name)))
        .digest('hex');
  return files;
}

describe('the build', () => {
  it('creates the same bytes from any directory', async () => {
    const one = await filesOf(join(directory, 'one'));
    expect(await filesOf(join(directory, 'two'))).toEqual(one);
    expect(Object.keys(one)).toEqual(
      expect.arrayContaining(['migrate.js', 'package.json', 'public/style.css', 'server.js']),
    );
  });

  it('runs without node_modules, including the database client', async () => {
    const DATABASE_URL = 'postgres://tozo@127.0.0.1:1/tozo';
    await using server = startProgram('server', { PORT: '0', DATABASE_URL }, join(directory, 'one'));
    const port = await server.listening;
    expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${port}/enhance.js`)).status).toBe(200);
    await using migrate = startProgram('migrate', { DATABASE_URL }, join(directory, 'one'));
    expect((await migrate.ended).stderr).toMatch(/^migration failed: .*ECONNREFUSED/);
  });

  it('creates the programs that the Dockerfile and deploy.json start', async () => {
    const files = await filesOf(join(directory, 'one'));
    const dockerfile = await readFile(join(project, 'Dockerfile'), 'utf8');
    const web = JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
    const deploy = JSON.parse(await readFile(join(project, 'deploy.json'), 'utf8')) as {
      processes: { release: { command: string[] } };
    };
    for (const [node, program = ''] of [web, deploy.processes.release.command]) {
      expect(node).toBe('node');
      expect(files).toHaveProperty([program]);
    }
    expect(dockerfile).not.toMatch(/^RUN /m);
  });
});
