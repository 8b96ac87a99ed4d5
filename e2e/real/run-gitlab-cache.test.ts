import { createRegistryClient, imageOf } from '@tozo/registry-pusher';
import { startSandbox, type Sandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe.skipIf(!isRoot)('the cache of RUN in a GitLab project', () => {
  let hub: Registry;
  let sandbox: Sandbox;
  let shop: Shop;
  beforeAll(async () => {
    [hub, shop] = await Promise.all([startGeneralRegistry({}), createShop()]);
    sandbox = await startSandbox({ apps: [shop.name] });
    const base = await pushBase(hub);
    await shop.write('Dockerfile', dockerfile.replace('20-slim', `20-slim@${base}`));
  });
  afterAll(async () => {
    await sandbox.close();
    await Promise.all([shop[Symbol.asyncDispose](), hub[Symbol.asyncDispose]()]);
  });

  const job = (more: NodeJS.ProcessEnv = {}) => ({
    cwd: shop.directory,
    env: cleanEnvironment({
      CI: 'true',
      GITLAB_CI: 'true',
      CI_REGISTRY: hub.name,
      CI_REGISTRY_IMAGE: `${hub.name}/team/shop`,
      CI_REGISTRY_USER: 'gitlab-ci-token',
      CI_REGISTRY_PASSWORD: 'a token of this job',
      CI_COMMIT_REF_NAME: 'main',
      CI_DEFAULT_BRANCH: 'main',
      CI_COMMIT_REF_PROTECTED: 'true',
      TOZO_CACHE_KEY: '0123456789abcdef0123456789abcdef',
      TOZO_DOCKER_HUB_MIRROR: `http://${hub.name}`,
      ...more,
    }),
  });
  const withKey = () =>
    job({
      HEROKU_API_KEY: sandbox.apiKey,
      HEROKU_APP: shop.name,
      HEROKU_API_URL: sandbox.urls.heroku,
      HEROKU_REGISTRY_URL: sandbox.urls.registry,
    });

  it('lets a job with the key deploy what another job executed, and execute nothing', async () => {
    const built = await runTozo(['image'], job());
    expect(built.stderr).toMatch(/^Dockerfile line 6: .* runs: no earlier result was found$/m);
    const { code, stdout } = await runTozo(['deploy', '--yes'], withKey());
    expect(stdout).toMatch(/│ Dockerfile line 6: .* is reused from the cache: it ran 0 min ago/);
    expect(stdout).not.toMatch(/Dockerfile line 6: .* runs: /);
    expect(stdout).toMatch(/LIVE v\d+/);
    expect(code).toBe(0);
  });

  it('lets a later job execute nothing for a changed source file, and the deploy takes its image by digest', async () => {
    await shop.edit('server.js', (text) => text.replace('hello', 'good morning'));
    const { stderr } = await runTozo(['image'], job());
    expect(stderr).toMatch(/^Dockerfile line 6: .* is reused from the cache.*: it ran 0 min ago$/m);
    const args = ['deploy', '--yes', '--image', '.tozo/image'];
    const { code, stdout } = await runTozo(args, withKey());
    expect(stdout).toMatch(/LIVE v\d+/);
    expect(code).toBe(0);
  });

  it("doesn't take what an unprotected branch signed with nothing", async () => {
    await shop.write('package.json', JSON.stringify({ name: shop.name, type: 'module', version: '2.0.0' }));
    await runTozo(['image'], job({ CI_COMMIT_REF_PROTECTED: 'false', TOZO_CACHE_KEY: '' }));
    const { code, stdout } = await runTozo(['deploy', '--yes'], withKey());
    expect(stdout).toMatch(/FAILED .*Dockerfile line 6: RUN .* has to run/);
    expect(code).toBe(2);
  });
});

/** Pushes this machine's programs under the name that FROM has. The sandbox's dynos add Node. */
async function pushBase({ name }: Registry): Promise<string> {
  const { config, layers } = machineImage();
  const labels = { ...config.config, Labels: { 'dev.tozo.stand-in': 'true' } };
  const client = createRegistryClient();
  try {
    const target = { registry: name, repository: 'library/node', tag: '20-slim' };
    const { manifestDigest } = await client.push(imageOf({ ...config, config: labels }, layers), target);
    return manifestDigest;
  } finally {
    await client.close();
  }
}
