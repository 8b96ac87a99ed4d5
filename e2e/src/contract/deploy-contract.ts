import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connectServices,
  deploy,
  type DeployEvent,
  type DeployReport,
  loadConfig,
  resolveValues,
  Secret,
  type Services,
} from '@tozo/deploy';
import { startSandbox, type Sandbox, type SandboxOptions } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createShop, type Shop } from '../testing/shop.ts';
import { fastClock } from './fast-clock.ts';
import { clientOf } from './heroku-contract.ts';
import { durations } from './sandbox-connection.ts';

const processes = {
  release: { command: ['node', 'migrate.js'] },
  web: { health: { path: '/', versionHeader: 'x-source-digest', holdSeconds: 0.1, timeoutSeconds: 20 } },
  worker: { command: ['node', 'worker.js'], dynos: 1 },
};

export interface Deployed {
  readonly report: DeployReport;
  /** What the release phase and the dynos printed. */
  readonly output: string;
}

/**
 * The heart of a deploy, whatever a sandbox assumes of Heroku: first, unchanged, one line changed, crashed, and a release
 * phase that fails. The tests stand in their order; each goes on from where the one before left the app.
 */
export function deployContract(service: string, assumptions: NonNullable<SandboxOptions['assumptions']>): void {
  describe(`a deploy and ${service}`, { timeout: 120_000 }, () => {
    const app = `shop-${randomBytes(4).toString('hex')}`;
    let sandbox: Sandbox;
    let shop: Shop;

    beforeAll(async () => {
      sandbox = await startSandbox({ apps: [app], durations, assumptions });
      shop = await createShop();
      await shop.write('deploy.json', JSON.stringify({ processes, configVars: { LOG_LEVEL: 'quiet' } }));
      await shop.edit('Dockerfile', (content) => content.replace('server.js ./', 'server.js worker.js migrate.js ./'));
      await shop.write('worker.js', 'setInterval(() => {}, 1000);\n');
      await shop.write('migrate.js', 'console.log("migrated");\n');
    });
    afterAll(async () => {
      await shop[Symbol.asyncDispose]();
      await sandbox.close();
    });

    const run = (): Promise<Deployed> => deployOnce(shop.folder, app, sandbox);
    const ask = async (): Promise<Record<string, unknown>> => {
      const answer = await fetch(sandbox.appUrl(app)!);
      return { digest: answer.headers.get('x-source-digest'), ...((await answer.json()) as object) };
    };

    it('the first one goes live, proven, with its release phase’s output shown', async () => {
      const { report, output } = await run();
      expect(report).toMatchObject({ outcome: 'deployed', versionProven: true, warnings: [] });
      expect(output).toContain('migrated');
      expect(await ask()).toMatchObject({ greeting: 'hello', level: 'quiet' });
    });

    it('the same again sends nothing, releases nothing and restarts nothing', async () => {
      const before = { ...(await ask()), version: await newestVersion(app, sandbox) };
      const blobs = sandbox.journal.uploadedBlobBytes();
      const { report } = await run();
      expect(report).toMatchObject({ outcome: 'unchanged', sentBytes: 0 });
      expect(sandbox.journal.uploadedBlobBytes()).toBe(blobs);
      expect({ ...(await ask()), version: await newestVersion(app, sandbox) }).toEqual(before);
    });

    it('one changed line goes live with a few kilobytes sent', async () => {
      await shop.edit('server.js', (content) => content.replace("'hello'", "'good day'"));
      const { report } = await run();
      expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
      expect(report.sentBytes).toBeLessThan(10_000);
      expect(await ask()).toMatchObject({ greeting: 'good day' });
    });

    it('a version that crashes is rolled back, and the good one again is unchanged', async () => {
      const good = await readFile(join(shop.folder, 'server.js'), 'utf8');
      await shop.write('server.js', 'console.error("no database"); process.exit(1);\n');
      const { report, output } = await run();
      expect(report.outcome).toBe('rolled-back');
      expect(output).toContain('no database');
      expect(await ask()).toMatchObject({ greeting: 'good day', level: 'quiet' });
      await shop.write('server.js', good);
      expect((await run()).report.outcome).toBe('unchanged');
    });

    it('a release phase that fails leaves everything as it was, however often it is tried (faults 62, 64)', async () => {
      const before = await ask();
      await shop.write('migrate.js', 'console.log("no table"); process.exit(1);\n');
      const { report, output } = await run();
      expect(report).toMatchObject({ outcome: 'failed', error: { code: 'RELEASE_FAILED' } });
      expect(output).toContain('no table');
      expect((await run()).report).toMatchObject({ outcome: 'failed', error: { code: 'RELEASE_FAILED' } });
      expect(await ask()).toEqual(before);
    });

    it('a config var whose release fails is set by the next deploy that succeeds', async () => {
      await shop.edit('deploy.json', (content) => content.replace('"quiet"', '"loud"'));
      expect((await run()).report.outcome).toBe('failed');
      await shop.write('migrate.js', 'console.log("mended");\n');
      const { report } = await run();
      expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
      expect(await ask()).toMatchObject({ greeting: 'good day', level: 'loud' });
    });
  });
}

/** One deploy of a project's folder to an app, in this process. */
export async function deployOnce(folder: string, app: string, sandbox: Sandbox): Promise<Deployed> {
  const config = await loadConfig(folder);
  const services = servicesOf(sandbox);
  const events: DeployEvent[] = [];
  const report = await deploy(
    {
      folder,
      config,
      values: resolveValues(config, {}),
      app,
      target: { kind: 'sandbox', text: 'sandbox' },
      builder: 'direct',
    },
    services,
    (event) => events.push(event),
  ).finally(() => services.close());
  return { report, output: events.map((event) => ('line' in event ? event.line : '')).join('\n') };
}

/** The services as a deploy knows them, but with a client that does not dawdle. */
function servicesOf({ urls, apiKey: key }: Sandbox): Services {
  const addresses = { apiUrl: urls.heroku, registryUrl: urls.registry, hubUrl: urls.hub };
  const connected = connectServices({ apiKey: new Secret(key), ...addresses });
  const heroku = clientOf({ url: urls.heroku, key, clock: fastClock });
  return { ...connected, heroku, close: async () => void (await Promise.all([heroku.close(), connected.close()])) };
}

async function newestVersion(app: string, { urls, apiKey }: Sandbox): Promise<number> {
  const headers = { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${apiKey}` };
  const answer = await fetch(`${urls.heroku}/apps/${app}/releases`, { headers });
  return Math.max(...((await answer.json()) as { version: number }[]).map(({ version }) => version));
}
