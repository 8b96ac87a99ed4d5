import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runSandboxCommand } from './command.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

/** Runs the command until `onOutput` has seen its first output. */
async function sandbox(argv: readonly string[], onOutput: (text: string) => Promise<void> = async () => undefined) {
  let errors = '';
  let used: Promise<void> | undefined;
  let end: () => void;
  const interrupted = new Promise<void>((resolve) => (end = resolve));
  const code = await runSandboxCommand({
    argv,
    interrupted,
    print: (text) => (used ??= onOutput(text).finally(() => end())),
    printError: (text) => (errors += text),
  });
  await used;
  return { code, errors };
}

test('serves what the seed has, and keeps it in the state directory', async () => {
  await using directory = await temporaryDirectory();
  const seed = join(directory.path, 'seed.json');
  const state = join(directory.path, 'state');
  writeFileSync(
    seed,
    JSON.stringify({
      apps: [{ name: 'shop', configVars: { COLOR: 'red' }, maintenance: true }],
      projects: [{ path: 'store/shop', variables: [{ key: 'KEY', value: 'value', environment_scope: 'production' }] }],
    }),
  );
  const argv = ['--json', '--state', state];
  const read = async (text: string) => {
    const { urls, apiKey, gitlabToken } = JSON.parse(text) as { urls: Record<string, string> } & Record<string, string>;
    const headers = { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${apiKey}` };
    const app = await fetch(`${urls['heroku']}/apps/shop`, { headers });
    expect(await app.json()).toMatchObject({ maintenance: true, stack: { name: 'container' } });
    const vars = await fetch(`${urls['heroku']}/apps/shop/config-vars`, { headers });
    expect(await vars.json()).toEqual({ COLOR: 'red' });
    const variables = await fetch(`${urls['gitlab']}/api/v4/projects/store%2Fshop/variables`, {
      headers: { 'private-token': gitlabToken ?? '' },
    });
    expect(await variables.json()).toMatchObject([{ key: 'KEY', environment_scope: 'production' }]);
  };
  expect(await sandbox([...argv, '--seed', seed], read)).toEqual({ code: 0, errors: '' });
  expect(await sandbox([...argv, '--seed', seed], read)).toEqual({ code: 0, errors: '' });
  expect(await sandbox(argv, read)).toEqual({ code: 0, errors: '' });
});

test('prints lines to copy', async () => {
  let printed = '';
  await sandbox([], async (text) => void (printed = text));
  expect(printed).toMatch(/HEROKU_HOST=http:\/\/127\.0\.0\.1:\d+ HEROKU_API_KEY=HRKU-\S+ .*heroku apps/);
});

test('a wrong seed is refused with all errors and their paths, before anything starts', async () => {
  await using directory = await temporaryDirectory();
  const seed = join(directory.path, 'seed.json');
  writeFileSync(
    seed,
    JSON.stringify({
      apps: [{ name: 'Shop', stack: 'cobol' }, { configVars: { 'A-B': 1 } }, 'shop'],
      projects: [{ path: 'shop', variables: [{ key: 'A B', value: 'x' }] }],
      releases: [],
    }),
  );
  const { code, errors } = await sandbox(['--seed', seed]);
  expect(code).toBe(2);
  expect(errors).toContain('the seed has 9 errors:');
  for (const path of [
    ...['apps[0].name', 'apps[0].stack', 'apps[1].name is missing', 'apps[1].configVars.A-B may', 'apps[2] must'],
    ...['apps[1].configVars.A-B must', 'projects[0].path', 'projects[0].variables[0]', 'releases is unknown'],
  ]) {
    expect(errors).toContain(`  ${path}`);
  }
});

test('reads a seed with a byte order mark', async () => {
  await using directory = await temporaryDirectory();
  const seed = join(directory.path, 'seed.json');
  writeFileSync(seed, '\uFEFF{"apps":[{"name":"shop"}]}');
  const seen: unknown[] = [];
  const { errors } = await sandbox(['--json', '--seed', seed], async (text) => void seen.push(JSON.parse(text)));
  expect([errors, seen]).toMatchObject(['', [{ apps: [{ name: 'shop' }] }]]);
});

const twice = ['--seed', 'one.json', '--seed', 'two.json'];

test.each([['--colour'], ['--port', '99999'], ['--tls', '-'], ['--seed', '/nonexistent'], twice])(
  'refuses %s %s with exit code 2',
  async (...argv) => {
    expect(await sandbox(argv.filter((word) => word !== undefined))).toMatchObject({ code: 2 });
  },
);
