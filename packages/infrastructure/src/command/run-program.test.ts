import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { synthesizeProject } from './run-program.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tozo-program-'));
  await symlink(fileURLToPath(new URL('../../../../node_modules', import.meta.url)), join(cwd, 'node_modules'));
  await writeFile(join(cwd, 'package.json'), '{}');
});
afterEach(() => rm(cwd, { recursive: true }));

const writeTheFile = `import { mkdir, writeFile } from 'node:fs/promises';
const file: URL = new URL('out/infrastructure/cdk.tf.json', import.meta.url);
await mkdir(new URL('.', file), { recursive: true });
await writeFile(file, '{}');
`;

test('runs infrastructure.mts in a package without a type', async () => {
  await writeFile(join(cwd, 'infrastructure.mts'), writeTheFile);
  const lines: string[] = [];
  const path = await synthesizeProject({ cwd, env: process.env, onLine: (line) => void lines.push(line) });
  expect(path).toBe(join(cwd, 'out/infrastructure/cdk.tf.json'));
  expect(lines).toEqual([]);
});

test('says how a CommonJS package gets an ES module', async () => {
  await writeFile(join(cwd, 'infrastructure.ts'), `${writeTheFile}throw new Error('x');`);
  await expect(synthesizeProject({ cwd, env: process.env })).rejects.toMatchObject({
    code: 'PROGRAM_FAILED',
    message: expect.stringMatching(/import or await, rename it to infrastructure\.mts\.$/),
  });
  await writeFile(join(cwd, 'package.json'), '{"type":"module"}');
  await expect(synthesizeProject({ cwd, env: process.env })).rejects.toMatchObject({
    message: 'infrastructure.ts failed: correct it as its output above says.',
  });
});

test('keeps secrets from the program, and says how to pass those that it uses', async () => {
  const secrets = {
    NPM_TOKEN: '5ecret',
    GL_TOKEN: '5ecret',
    AWS_ACCESS_KEY_ID: '5ecret',
    SESSION_SECRET: '5ecret',
    TF_VAR_heroku_api_key: '5ecret',
    HEROKU_API_KEY: '5ecret',
    SSH_AUTH_SOCK: '5ecret',
    DATABASE_URL: 'postgres://u:5ecret@localhost/shop',
  };
  const env = { ...process.env, ...secrets, APP_NAME: 'shop-live' };
  await writeFile(join(cwd, 'infrastructure.mts'), `${writeTheFile}console.log(JSON.stringify(process.env));`);
  const lines: string[] = [];
  await synthesizeProject({ cwd, env, onLine: (line) => void lines.push(line) });
  expect(lines.join('')).not.toContain('5ecret');
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ APP_NAME: 'shop-live', PATH: process.env['PATH'] });

  await writeFile(join(cwd, 'infrastructure.mts'), `process.env['SESSION_SECRET']!.length;`);
  await expect(synthesizeProject({ cwd, env })).rejects.toMatchObject({
    message: expect.stringMatching(/says\. It doesn't get SESSION_SECRET, because everyone can read the file: declare/),
  });
});

test('says that a program is still running, and ends one that never ends', async () => {
  await writeFile(
    join(cwd, 'infrastructure.mts'),
    `${writeTheFile}process.on('SIGINT', () => {});setInterval(() => {}, 1000);`,
  );
  const lines: string[] = [];
  const options = { cwd, env: process.env, onLine: (line: string) => void lines.push(line) };
  await expect(synthesizeProject(options, { noteAfter: 10, endAfter: 100 })).rejects.toMatchObject({
    code: 'PROGRAM_FAILED',
    message: expect.stringContaining("infrastructure.mts didn't end within 0.1 s: close what keeps it running"),
  });
  expect(lines).toEqual(['infrastructure.mts is still running after 0.01 s']);
});
