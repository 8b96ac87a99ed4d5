import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandboxProcess, type SandboxProcess } from '../src/testing/sandbox-process.ts';

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test('an older commit is refused with 75, unless it was deployed before: then its recorded image is released (faults 81, 113, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd: shop.directory,
      encoding: 'utf8',
    }).trim();
  const commit = (message: string): string => {
    git('add', '.');
    git('commit', '-q', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  const greet = (greeting: string) =>
    shop.edit('server.js', (content) => content.replace(/greeting: '\w+'/, `greeting: '${greeting}'`));
  git('init', '-q');
  const first = commit('first');
  await greet('welcome');
  const second = commit('second');
  await greet('goodbye');
  const third = commit('third');
  const deploy = async (revision: string) => {
    git('checkout', '-q', revision);
    return shop.deploy();
  };

  expect((await deploy(first)).code).toBe(0);
  const { digest } = await shop.visit();
  expect((await deploy(third)).code).toBe(0);
  expect(await shop.visit()).toMatchObject({ greeting: 'goodbye' });

  const refused = await deploy(second);
  expect(refused.lastLine).toMatch(
    new RegExp(`^OUTDATED ${shop.name}: nothing was changed: v\\d+ runs commit ${third.slice(0, 12)}, .*sandbox\\)$`),
  );
  expect(refused.code).toBe(75);
  expect(await shop.visit()).toMatchObject({ greeting: 'goodbye' });

  const again = await deploy(first);
  expect(again.code).toBe(0);
  expect(await shop.visit()).toMatchObject({ greeting: 'hello', digest });
  expect(again.lastLine).toMatch(/^LIVE v\d+/);

  expect((await deploy(third)).code).toBe(0);
  expect(await shop.visit()).toMatchObject({ greeting: 'goodbye' });
}, 300_000);
