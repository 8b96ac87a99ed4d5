import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import type { CommandContext } from '../command-context.ts';
import { assertHasReport, writeEnvironmentUrl } from './environment-url.ts';

async function written(report: string, known?: string): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'tozo-url-'));
  onTestFinished(() => rmSync(cwd, { recursive: true }));
  writeFileSync(join(cwd, 'deploy.json'), report);
  const stderr = new PassThrough() as unknown as CommandContext['stderr'];
  await writeEnvironmentUrl({ report: 'deploy.json', dotenv: 'url.env' }, known, { cwd, stderr });
  return readFileSync(join(cwd, 'url.env'), 'utf8');
}

test("writes the report's URL, or else the one that GitLab shows now", async () => {
  expect(await written('{"url": "https://shop-1a2b.herokuapp.com/"}', 'https://old.example/')).toBe(
    'TOZO_ENVIRONMENT_URL=https://shop-1a2b.herokuapp.com/\n',
  );
  expect(await written('{"outcome": "nothing"}', 'https://old.example/')).toBe(
    'TOZO_ENVIRONMENT_URL=https://old.example/\n',
  );
  expect(await written('', undefined)).toBe('');
});

test.for([
  'javascript:alert(1)',
  'https://a.example/$HEROKU_API_KEY',
  `https://a.example/${'a'.repeat(255)}`,
  'shop',
  7,
  null,
])('writes no URL that GitLab would refuse or expand: %s', async (url) => {
  expect(await written(JSON.stringify({ url }))).toBe('');
});

test('a URL stays one line (fault 128, gitlab)', async () => {
  expect(await written(JSON.stringify({ url: 'https://a.example/x\nBASH_ENV=/tmp/x' }))).toBe(
    'TOZO_ENVIRONMENT_URL=https://a.example/xBASH_ENV=/tmp/x\n',
  );
});

test('requires a report', () => {
  expect(() => assertHasReport({ dotenv: 'url.env' })).toThrow('add --report <file>');
});
