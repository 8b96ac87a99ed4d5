import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseEvents } from '../src/testing/event-schema.ts';
import { createSandboxProcess, type DeployableShop, type SandboxProcess } from '../src/testing/sandbox-process.ts';

/* Each exit code that `tozo deploy --help` lists, made by a real deploy. Its events are as the published schema says. */
let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await createSandboxProcess();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

interface Case {
  readonly name: string;
  readonly code: number;
  /** How the last line begins, after the app's name if it begins with it. */
  readonly word: string;
  readonly outcome: string;
  readonly args?: readonly string[];
  readonly change?: (shop: DeployableShop) => Promise<void>;
}

const greet = (shop: DeployableShop): Promise<void> =>
  shop.edit('server.js', (content) => content.replace("'hello'", "'good evening'"));
const crash = (shop: DeployableShop): Promise<void> => shop.write('server.js', 'process.exit(1);\n');

const cases: readonly Case[] = [
  { name: 'a new version that is healthy', code: 0, word: 'LIVE', outcome: 'deployed', change: greet },
  { name: 'the version that runs already', code: 0, word: 'UNCHANGED', outcome: 'unchanged' },
  { name: 'a dry run', code: 0, word: 'PLAN', outcome: 'planned', args: ['--dry-run'], change: greet },
  {
    name: 'a release phase that fails',
    code: 1,
    word: 'FAILED',
    outcome: 'failed',
    async change(shop) {
      await shop.edit('deploy.json', (json) =>
        json.replace('"web":', '"release":{"command":["node","-e","process.exit(1)"]},"web":'),
      );
      await greet(shop);
    },
  },
  { name: 'a version that crashes', code: 3, word: 'RUNS', outcome: 'rolled-back', change: crash },
  {
    name: 'a version that crashes, with "rollback": "never"',
    code: 4,
    word: 'RUNS',
    outcome: 'broken',
    async change(shop) {
      await shop.edit('deploy.json', (json) => json.replace('{', '{"rollback":"never",'));
      await crash(shop);
    },
  },
  {
    name: "someone else's release in between",
    code: 5,
    word: 'RUNS',
    outcome: 'superseded',
    async change(shop) {
      await greet(shop);
      const services = await sandbox.connect();
      await services.addFault({
        on: { service: 'heroku', method: 'PATCH', path: `^/apps/${shop.name}/formation$` },
        effect: { kind: 'other-release' },
      });
    },
  },
];

test.each(cases.map((row) => [`${row.code}: ${row.name}`, row] as const))('%s (fault 180, deploy)', async (_, row) => {
  const { code, word, outcome, args = [], change } = row;
  await using shop = await sandbox.runningShop();
  await change?.(shop);
  const ran = await shop.deploy('--format', 'ndjson', ...args);
  const events = parseEvents(ran.stdout);
  const { report } = events.at(-1) as unknown as { report: { text: string } };
  expect(report).toMatchObject({ outcome, exitCode: code });
  expect(report.text.replace(`${shop.name} `, '').split(' ')[0]).toBe(word);
  expect(report.text).toContain('(sandbox)');
  expect(report.text).not.toContain('PRODUCTION');
  expect(ran.code).toBe(code);
});

test('2: an invalid configuration', async () => {
  await using shop = await sandbox.newShop();
  await shop.write('deploy.json', '{"processes": {"web": {}}, "buildArg": {}}');
  const ran = await shop.deploy('--format', 'ndjson');
  expect([ran.code, ran.stdout]).toEqual([2, '']);
  expect(ran.stderr).toContain('Did you mean "buildArgs"?');
});

test('75: an older commit than the one that runs (fault 180, deploy)', async () => {
  await using shop = await sandbox.newShop();
  const git = (...args: string[]): void => {
    const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
    execFileSync('git', [...author, ...args], { cwd: shop.directory });
  };
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  await greet(shop);
  git('commit', '-q', '-a', '-m', 'second');
  expect((await shop.deploy()).code).toBe(0);
  git('checkout', '-q', 'HEAD~');
  const ran = await shop.deploy('--format', 'ndjson');
  const { report } = parseEvents(ran.stdout).at(-1) as unknown as { report: { text: string } };
  expect(report).toMatchObject({ outcome: 'outdated', exitCode: 75 });
  expect(report.text).toMatch(new RegExp(`^OUTDATED ${shop.name}: nothing was changed: .*\\(sandbox\\)$`));
  expect(ran.code).toBe(75);
});

test.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s: %i', async (name, code) => {
  await using shop = await sandbox.runningShop();
  await greet(shop);
  const services = await sandbox.connect();
  await services.addFault({
    on: { service: 'registry', method: 'PUT', path: `^/v2/${shop.name}/web/manifests/` },
    effect: { kind: 'stall' },
  });
  const running = shop.start('--format', 'ndjson');
  await running.waitForOutput('"step-started","step":"push"');
  const exited = once(running.child, 'exit');
  running.child.kill(name);
  expect(await exited).toEqual([code, null]);
  const { report } = parseEvents((await running.result).stdout).at(-1) as unknown as { report: object };
  expect(report).toMatchObject({ outcome: 'cancelled', exitCode: code });
});
