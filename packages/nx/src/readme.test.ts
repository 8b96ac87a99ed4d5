import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startGitLabWithDeployment } from './testing/gitlab.ts';

test('the README example works', async () => {
  const packageDirectory = fileURLToPath(new URL('..', import.meta.url));
  const example = /```js\n(.*?)```/s.exec(readFileSync(`${packageDirectory}/README.md`, 'utf8'))?.[1] ?? '';
  await using gitlab = await startGitLabWithDeployment();
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@tozo/source', '--import=tsx', '--input-type=module', '--eval', example],
    { cwd: packageDirectory, env: { PATH: process.env['PATH'], ...gitlab.env } },
  );
  expect(stdout).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904\n');
  expect(stderr).toBe('treating every project as affected: nothing was deployed to production yet\n');
});
