import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox, type Sandbox, type SandboxOptions } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployed, deployOnce } from '../testing/deploy-once.ts';
import { removeApp } from '../testing/remove-app.ts';
import { createShop, type Shop } from '../testing/shop.ts';
import { durations } from './sandbox-connection.ts';

const processes = {
  release: { command: ['node', 'migrate.js'] },
  web: { health: { path: '/', versionHeader: 'x-source-digest', holdSeconds: 0.1, timeoutSeconds: 60 } },
  worker: { command: ['node', 'worker.js'], dynos: 1 },
};

/** A shop with a release phase and a worker, and its app in the sandbox. */
interface ContractShop extends Shop {
  deploy(): Promise<Deployed>;
  /** Returns the response of the app's web address. */
  visit(): Promise<Record<string, unknown>>;
}

/**
 * The core of a deploy, regardless of the sandbox's assumptions: a first deploy, an unchanged one, a changed line, a crash, and
 * a failing release phase. Each test has its own app.
 */
export function deployContract(service: string, assumptions: NonNullable<SandboxOptions['assumptions']>): void {
  describe(`a deploy and ${service}`, { timeout: 120_000 }, () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await startSandbox({ durations, assumptions });
    });
    afterAll(async () => await sandbox.close());

    async function newShop(): Promise<ContractShop> {
      const shop = await createShop();
      await shop.write('deploy.json', JSON.stringify({ processes, configVars: { LOG_LEVEL: 'quiet' } }));
      await shop.edit('Dockerfile', (content) => content.replace('server.js ./', 'server.js worker.js migrate.js ./'));
      await shop.write('worker.js', 'setInterval(() => {}, 1000);\n');
      await shop.write('migrate.js', 'console.log("migrated");\n');
      const { webUrl } = await sandbox.createApp(shop.name);
      return {
        ...shop,
        deploy: () => deployOnce(shop.directory, shop.name, sandbox),
        async visit() {
          const response = await fetch(webUrl);
          return { digest: response.headers.get('x-source-digest'), ...((await response.json()) as object) };
        },
        async [Symbol.asyncDispose]() {
          await removeApp({ url: sandbox.urls.heroku, key: sandbox.apiKey }, shop.name);
          await shop[Symbol.asyncDispose]();
        },
      };
    }

    async function runningShop(): Promise<ContractShop> {
      const shop = await newShop();
      const { report } = await shop.deploy();
      expect(report, 'the deploy of the first version').toMatchObject({ outcome: 'deployed' });
      return shop;
    }

    it('the first deploy goes live, proven, with the output of its release phase', async () => {
      await using shop = await newShop();
      const { report, output } = await shop.deploy();
      expect(report).toMatchObject({ outcome: 'deployed', versionProven: true, warnings: [] });
      expect(output).toContain('migrated');
      expect(await shop.visit()).toMatchObject({ greeting: 'hello', level: 'quiet' });
    });

    it('deploying the same files again sends nothing, releases nothing and restarts nothing', async () => {
      await using shop = await runningShop();
      const before = { ...(await shop.visit()), version: await newestVersion(shop.name, sandbox) };
      const blobs = sandbox.journal.uploadedBlobBytes();
      const { report } = await shop.deploy();
      expect(report).toMatchObject({ outcome: 'unchanged', sentBytes: 0 });
      expect(sandbox.journal.uploadedBlobBytes()).toBe(blobs);
      expect({ ...(await shop.visit()), version: await newestVersion(shop.name, sandbox) }).toEqual(before);
    });

    it('a changed line goes live with a few kilobytes sent', async () => {
      await using shop = await runningShop();
      await shop.edit('server.js', (content) => content.replace("'hello'", "'good day'"));
      const { report } = await shop.deploy();
      expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
      expect(report.sentBytes).toBeLessThan(10_000);
      expect(await shop.visit()).toMatchObject({ greeting: 'good day' });
    });

    it('a version that crashes is rolled back, and the good one again is unchanged', async () => {
      await using shop = await runningShop();
      const good = await readFile(join(shop.directory, 'server.js'), 'utf8');
      await shop.write('server.js', 'console.error("no database"); process.exit(1);\n');
      const { report, output } = await shop.deploy();
      expect(report.outcome).toBe('rolled-back');
      expect(output).toContain('no database');
      expect(await shop.visit()).toMatchObject({ greeting: 'hello', level: 'quiet' });
      await shop.write('server.js', good);
      expect((await shop.deploy()).report.outcome).toBe('unchanged');
    });

    it('a failing release phase changes nothing, however often it is retried (faults 62, 64, deploy)', async () => {
      await using shop = await runningShop();
      const before = await shop.visit();
      await shop.write('migrate.js', 'console.log("no table"); process.exit(1);\n');
      const { report, output } = await shop.deploy();
      expect(report).toMatchObject({ outcome: 'failed', error: { code: 'RELEASE_FAILED' } });
      expect(output).toContain('no table');
      expect((await shop.deploy()).report).toMatchObject({ outcome: 'failed', error: { code: 'RELEASE_FAILED' } });
      expect(await shop.visit()).toEqual(before);
    });

    it('a config var whose release fails is set by the next successful deploy', async () => {
      await using shop = await runningShop();
      await shop.edit('deploy.json', (content) => content.replace('"quiet"', '"loud"'));
      await shop.write('migrate.js', 'console.log("no table"); process.exit(1);\n');
      expect((await shop.deploy()).report.outcome).toBe('failed');
      await shop.write('migrate.js', 'console.log("fixed");\n');
      const { report } = await shop.deploy();
      expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
      expect(await shop.visit()).toMatchObject({ greeting: 'hello', level: 'loud' });
    });
  });
}

async function newestVersion(app: string, { urls, apiKey }: Sandbox): Promise<number> {
  const headers = { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${apiKey}` };
  const response = await fetch(`${urls.heroku}/apps/${app}/releases`, { headers });
  return Math.max(...((await response.json()) as { version: number }[]).map(({ version }) => version));
}
