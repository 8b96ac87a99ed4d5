import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeployEvent } from '@tozo/deploy';
import { createRegistryClient, imageOf } from '@tozo/registry-pusher';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { deployOnce, type DeployOnceOptions } from '../src/testing/deploy-once.ts';
import { createShop, type Shop } from '../src/testing/shop.ts';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';
import { machineImage } from './machine-image.ts';
import { type Registry, startGeneralRegistry } from './pusher-registries.ts';

const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('skipped: only root executes RUN');

const dockerfile = `FROM node:20-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY package.json ./
RUN --mount=type=bind,source=assets,target=/assets ls /assets > installed && echo "ran $((40 + 2))"
COPY server.js ./
CMD ["node", "server.js"]
`;

describe.skipIf(!isRoot)('a deploy of a Dockerfile with RUN without Docker', () => {
  let hub: Registry;
  let sandbox: Sandbox;
  let shop: Shop;
  beforeAll(async () => {
    [hub, shop] = await Promise.all([startGeneralRegistry({}), createShop()]);
    sandbox = await startSandbox({ apps: [shop.name] });
    await shop.write('Dockerfile', dockerfile);
    await pushBase(hub);
  });
  afterAll(async () => {
    await sandbox.close();
    await Promise.all([shop[Symbol.asyncDispose](), hub[Symbol.asyncDispose]()]);
  });

  const deploy = (dryRun = false, more: DeployOnceOptions = {}) => {
    const urls = { ...sandbox.urls, hub: `http://${hub.name}` };
    return deployOnce(
      shop.directory,
      shop.name,
      { urls, apiKey: sandbox.apiKey },
      { builder: 'auto', dryRun, ...more },
    );
  };
  const linesOf = (events: readonly DeployEvent[]) =>
    events.flatMap((event) => (event.type === 'build-output' ? [event.line] : []));

  it('says in a dry run what has to run, and runs nothing', async () => {
    const { report, events } = await deploy(true);
    expect(report).toMatchObject({ outcome: 'planned', builder: 'direct' });
    expect(report.plan?.unknowns).toContainEqual(
      expect.stringMatching(/^Dockerfile line 6: RUN .* has to run \(no earlier result was found\)/),
    );
    expect(linesOf(events)).toEqual([]);
  });

  it('executes RUN at the first deploy, and says why', async () => {
    const { report, events } = await deploy();
    expect(report).toMatchObject({ outcome: 'deployed', builder: 'direct', versionProven: true });
    const lines = linesOf(events);
    expect(lines).toContainEqual(expect.stringMatching(/^Dockerfile line 6: .* runs: no earlier result was found$/));
    expect(lines.join('\n')).toContain('ran 42');
    expect(reasonOf(events)).toMatch(/^RUN of line 6 executed .*: no earlier result was found$/);
  });

  it('changes nothing when nothing changed', async () => {
    const { report, events } = await deploy();
    expect(report).toMatchObject({ outcome: 'unchanged', sentBytes: 0 });
    expect(reasonOf(events)).toMatch(/^RUN of line 6 reused from the last image, \d+ min old$/);
  });

  it('reuses RUN when a source line changed', async () => {
    await shop.edit('server.js', (text) => text.replace('hello', 'good morning'));
    const { report, events } = await deploy();
    expect(report).toMatchObject({ outcome: 'deployed', versionProven: true });
    expect(linesOf(events)).toEqual([
      expect.stringMatching(/^Dockerfile line 6: .* is reused from the last image: it ran \d+ min ago$/),
    ]);
  });

  it.each([
    [{ maxAge: 14 * 24 * 60 * 60, isOff: true }, '--no-cache'],
    [{ maxAge: -1, isOff: false }, 'it ran 0 min ago, more than 0 min (--run-max-age)'],
  ])('runs again with %o', async (runReuse, why) => {
    const { events } = await deploy(true, { runReuse });
    const [unknown] = events.flatMap((event) => (event.type === 'planned' ? event.plan.unknowns : []));
    expect(unknown).toContain(`has to run (${why})`);
  });

  it('runs again when a file changes that only a mount shows', async () => {
    await shop.write('assets/more.txt', '');
    const { events } = await deploy();
    expect(reasonOf(events)).toMatch(/^RUN of line 6 executed /);
  });

  it('executes nothing in a CI job with the key, and names the way out', async () => {
    await shop.write('package.json', JSON.stringify({ name: shop.name, type: 'module', version: '2.0.0' }));
    const env = cleanEnvironment({
      CI: 'true',
      HEROKU_API_KEY: sandbox.apiKey,
      HEROKU_APP: shop.name,
      HEROKU_API_URL: sandbox.urls.heroku,
      HEROKU_REGISTRY_URL: sandbox.urls.registry,
      TOZO_DOCKER_HUB_MIRROR: `http://${hub.name}`,
    });
    const { code, stdout } = await runTozo(['deploy', '--yes'], { cwd: shop.directory, env });
    expect(stdout).toMatch(
      /FAILED .*Dockerfile line 6: RUN .* holds HEROKU_API_KEY.* tozo image in lint-test.*--image \.tozo\/image\.$/m,
    );
    expect(stdout).not.toContain('ran 42');
    expect(code).toBe(2);
  });
});

function reasonOf(events: readonly DeployEvent[]): string | undefined {
  return events.flatMap((event) => (event.type === 'planned' ? [event.plan.build.reason] : [])).at(-1);
}

/** Pushes this machine's programs under the name that FROM has. The sandbox's dynos add Node. */
async function pushBase({ name }: Registry): Promise<void> {
  const { config, layers } = machineImage();
  const labels = { ...config.config, Labels: { 'dev.tozo.stand-in': 'true' } };
  const client = createRegistryClient();
  try {
    const target = { registry: name, repository: 'library/node', tag: '20-slim' };
    await client.push(imageOf({ ...config, config: labels }, layers), target);
  } finally {
    await client.close();
  }
}
