import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type App, apps, createMonorepo, type Monorepo } from './pipeline/monorepo.ts';
import { type Pipeline, runnerBlocker, type RunOptions } from './pipeline/runner.ts';

const blocker = runnerBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);
/** The pipelines that CI runs. `npm run prove pipeline` runs all. */
const isSample = process.env['PIPELINES'] !== 'all';

const inProof: (title: string, run: (context: { signal: AbortSignal }) => Promise<void>) => void = isSample
  ? () => undefined
  : it;

const timeout = 600_000;

/** What any package, test or build may do. Its own token lets a job upload an archive with any file, also in .git. */
const hostileLintTest = `
lint-test:
  artifacts:
    paths: [.tozo/, apps/api/, apps/shop/, apps/web/, .git/config, .git/hooks/, .gitlab/, .npmrc]
`;
const allPassed = ['PASS deploy api', 'PASS deploy shop', 'PASS deploy web', 'PASS lint-test'];
const runScript = (what: string): string =>
  `execFileSync('sh', ['hostile.sh', '${what}'], { cwd: '../..', stdio: 'inherit' });\n`;

/** Looks for the key in this environment and in those of other processes; plants hooks, links and changed files. */
const hostileScript = (found: string): string => `#!/bin/sh
look() {
  env | sed 's/^/looked: /' >> ${found}
  cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -a '^HEROKU_API_KEY=' >> ${found}
}
if [ "$1" = look ]; then look; exit 0; fi
# What is planted would replace the shell of a build that hasn't started.
until [ -e apps/web/dist/server.js ]; do sleep 0.1; done
spy=$PWD/.git/hooks/spy.sh
{ echo '#!/bin/sh'; echo 'env >> ${found}'; } > "$spy"
chmod +x "$spy"
for hook in post-checkout post-index-change reference-transaction; do cp "$spy" .git/hooks/$hook; done
git config core.fsmonitor "$spy"
git config core.sshCommand "$spy"
echo "script-shell=$spy" > .npmrc
echo '{"app": "shop-live", "processes": {"web": {}}}' > apps/api/deploy.json
echo 'process.stdout.write(JSON.stringify(process.env))' > .gitlab/tozo/index.js
ln -s /proc/self/environ apps/shop/dist/environ
`;

describe.skipIf(blocker !== undefined)('the pipeline of a monorepo', { timeout }, () => {
  let monorepo: Monorepo;
  beforeAll(async () => {
    monorepo = await createMonorepo();
  }, timeout);
  afterAll(() => monorepo?.[Symbol.asyncDispose]());

  const run = (signal: AbortSignal, options: Partial<RunOptions> = {}): Promise<Pipeline> =>
    monorepo.run({ signal, ...options });
  const responses = async (): Promise<Record<App, string | undefined>> => {
    const texts = await Promise.all(apps.map((app) => monorepo.visit(app)));
    return Object.fromEntries(apps.map((app, index) => [app, texts[index]])) as Record<App, string | undefined>;
  };
  /** Commits a new version of apps, which says so when asked. */
  const change = (version: number, ...changed: App[]): string =>
    monorepo.clone.commit(
      Object.fromEntries(
        changed.map((app) => [`apps/${app}/src/server.js`, (text) => text.replace(/'\w+ \d+'/, `'${app} ${version}'`)]),
      ),
    );
  /** Takes back the commits of a test. */
  const undoAfterwards = (): void => {
    const commit = monorepo.clone.git('rev-parse', 'HEAD');
    onTestFinished(() => void monorepo.clone.git('reset', '-q', '--hard', commit));
  };
  const gitlabCi = (edit: (text: string) => string): Record<string, typeof edit> => ({ '.gitlab-ci.yml': edit });

  it('deploys every app the first time, with a tool that the lock file pins', async ({ signal }) => {
    const { jobs, log } = await run(signal);
    expect(jobs, log).toEqual(allPassed);
    expect(await responses()).toEqual({ api: 'api 1', shop: 'shop 1', web: 'web 1' });
    expect(log).not.toContain(monorepo.sandbox.apiKey);
    expect(readdirSync(monorepo.environment.TMPDIR).filter((name) => name.startsWith('tmp.'))).toEqual([]);
  });

  it('deploys what changed; the other jobs find nothing to do', async ({ signal }) => {
    change(2, 'shop');
    const { jobs, log } = await run(signal);
    expect(jobs, log).toEqual(allPassed);
    expect(log.match(/NOTHING TO DO \w+/g)?.toSorted()).toEqual(['NOTHING TO DO api', 'NOTHING TO DO web']);
    expect(log).toMatch(/^lint-test .*affected base [0-9a-f]{40}/m);
    expect(await responses()).toEqual({ api: 'api 1', shop: 'shop 2', web: 'web 1' });
  });

  inProof(
    'two of three apps go live when one fails, and the next pipeline deploys the third (fault 126, gitlab)',
    async ({ signal }) => {
      const before = await responses();
      change(3, ...apps);
      const { id } = monorepo.sandbox.faults.add({
        on: { service: 'heroku', method: 'PATCH', path: '^/apps/shop-live/formation$', times: 'every' },
        effect: { kind: 'answer', status: 403, body: '{"id": "forbidden", "message": "Not now."}' },
      });
      const failed = await run(signal);
      expect(failed.jobs, failed.log).toEqual([
        'FAIL deploy shop',
        'PASS deploy api',
        'PASS deploy web',
        'PASS lint-test',
      ]);
      expect(failed.passed).toBe(false);
      expect(await responses()).toEqual({ api: 'api 3', shop: before.shop, web: 'web 3' });

      monorepo.sandbox.faults.clear(id);
      monorepo.clone.commit({ 'README.md': () => 'Only a word.\n' });
      const next = await run(signal);
      expect(next.jobs, next.log).toEqual(allPassed);
      expect(await responses()).toEqual({ api: 'api 3', shop: 'shop 3', web: 'web 3' });
    },
  );

  inProof("deploys nothing when another check of the user's fails, although lint-test passes", async ({ signal }) => {
    const before = await responses();
    const check = '\ncheck:\n  stage: lint-test\n  script: [exit 1]\n';
    undoAfterwards();
    monorepo.clone.commit({ ...gitlabCi((text) => text + check) });
    change(4, 'shop');
    const { jobs, passed, log } = await run(signal);
    expect(jobs, log).toEqual(['FAIL check', 'PASS lint-test']);
    expect(passed).toBe(false);
    expect(await responses()).toEqual(before);
  });

  inProof('deploys no commit whose test fails', async ({ signal }) => {
    const before = await responses();
    undoAfterwards();
    monorepo.clone.commit({ 'apps/shop/test.js': () => "throw new Error('a broken test');\n" });
    const { jobs, log } = await run(signal);
    expect(jobs, log).toEqual(['FAIL lint-test']);
    expect(log).toContain('a broken test');
    expect(await responses()).toEqual(before);
  });

  inProof('never deploys in a merge request', async ({ signal }) => {
    const { jobs, log } = await run(signal, { mergeRequest: true });
    expect(jobs, log).toEqual(['PASS lint-test']);
  });

  inProof('rolls back by hand, and the next pipeline leaves it at that', async ({ signal }) => {
    const before = await monorepo.visit('web');
    change(5, 'web');
    await run(signal);
    expect(await monorepo.visit('web')).toBe('web 5');
    const { jobs, log } = await run(signal, { only: ['roll back web'] });
    expect(jobs, log).toEqual(['PASS roll back web']);
    expect(await monorepo.visit('web')).toBe(before);

    monorepo.clone.commit({ 'README.md': (text) => `${text}Another word.\n` });
    const next = await run(signal);
    expect(next.log).toContain('NOTHING TO DO web');
    expect(await monorepo.visit('web')).toBe(before);
  });

  inProof('installs no other bytes of the tool than the lock file names', async ({ signal }) => {
    const before = await responses();
    change(6, 'api');
    using _tampered = monorepo.tool.tamper();
    // A cache has the right bytes, by their digest.
    const variables = { npm_config_cache: join(monorepo.outside, 'empty-npm-cache') };
    const { jobs, log } = await run(signal, { variables });
    expect(jobs, log).toEqual(['FAIL deploy api', 'FAIL deploy shop', 'FAIL deploy web', 'PASS lint-test']);
    expect(log).toContain('EINTEGRITY');
    expect(await responses()).toEqual(before);
  });

  it('gives code of lint-test no key, and nothing but the apps that it built', async ({ signal }) => {
    undoAfterwards();
    const before = await responses();
    const found = join(monorepo.outside, 'found.txt');
    monorepo.clone.commit({
      ...gitlabCi((text) => text + hostileLintTest),
      'hostile.sh': () => hostileScript(found),
      'apps/shop/test.js': () => `import { execFileSync } from 'node:child_process';\n${runScript('look')}`,
      'apps/shop/build.js': (text) =>
        `import { execFileSync } from 'node:child_process';\n${runScript('look')}${text}${runScript('plant')}`,
      'package.json': (text) => JSON.stringify({ ...JSON.parse(text), scripts: { postinstall: 'sh hostile.sh look' } }),
    });
    change(8, 'shop', 'web');
    const { jobs, log } = await run(signal);
    expect(jobs, log).toEqual(allPassed);
    expect(readFileSync(found, 'utf8')).toMatch(/^looked: CI_JOB_TOKEN=/m);
    expect(readFileSync(found, 'utf8')).not.toContain(monorepo.sandbox.apiKey);
    expect(log).not.toContain(monorepo.sandbox.apiKey);
    const after = await responses();
    expect(after.api).toBe(before.api);
    expect(after.shop).toBe('shop 8');
    expect(after.web).toBe('web 8');
  });

  inProof('runs the target deploy by Nx if asked to, with the same result', async ({ signal }) => {
    const inputs = '\n    inputs:\n      deploy-with: nx\n';
    monorepo.clone.commit(gitlabCi((text) => text.replace(/(?<=@\$CI_COMMIT_SHA)\n/, inputs)));
    change(7, 'api');
    const { jobs, log } = await run(signal);
    expect(jobs, log).toEqual(allPassed);
    expect(log).toMatch(/^deploy api .*> nx run api:deploy/m);
    expect(await monorepo.visit('api')).toBe('api 7');
  });

  inProof('finds the results of Nx in a pipeline on another machine', async ({ signal }) => {
    const machine = join(monorepo.outside, 'machine-id');
    writeFileSync(machine, `${'0123456789abcdef'.repeat(2)}\n`);
    const mount = `for file in /etc/machine-id /var/lib/dbus/machine-id; do if [ -e $file ]; then mount --bind ${machine} $file; fi; done; exec "$@"`;
    const prefix = ['unshare', '--mount', 'sh', '-c', mount, 'sh'];
    const elsewhere = await run(signal, { prefix, only: ['lint-test'], variables: { CI_JOB_TOKEN: 'expired' } });
    expect(elsewhere.jobs, elsewhere.log).toEqual(['PASS lint-test']);
    expect(elsewhere.log).toMatch(/treating every project as affected/);
    expect(elsewhere.log).toContain('for 6 out of 6 tasks');
    rmSync(machine);
  });
});
