import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRegistryClient } from '@tozo/registry-pusher';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createShop, type Shop } from '../src/testing/shop.ts';
import { cleanEnvironment, runTozo } from '../src/testing/tozo.ts';
import { type Distribution, distributionPrograms, startDistribution } from './distribution.ts';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { machineImage } from './machine-image.ts';
import { missingPrograms } from './server-process.ts';

const run = promisify(execFile);
const absent = missingPrograms([...daemonPrograms, ...distributionPrograms, 'skopeo']);
const blocker =
  absent.length > 0
    ? `not installed: ${absent.join(', ')} (apt-get install docker.io docker-registry skopeo apache2-utils)`
    : daemonBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const key = 'HRKU-deploy-docker';
const token = 'npm_token_of_the_deploy';

/** A private engine has no bridge, so build steps use the machine's network. */
describe.skipIf(blocker !== undefined)('a deploy of a Dockerfile with RUN through a real Docker Engine', () => {
  let hub: Distribution;
  let copy: Distribution;
  let engine: DockerDaemon;
  let sandbox: Sandbox;
  let shop: Shop;
  let state: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'tozo-deploy-docker-'));
    [hub, copy, engine, sandbox, shop] = await Promise.all([
      startDistribution(),
      startDistribution(),
      startDockerDaemon(),
      startSandbox({ apiKey: key, apps: ['shop'] }),
      createShop(),
    ]);
    const client = createRegistryClient({});
    await client.push(machineImage(['cat', 'node']), { registry: hub.name, repository: 'library/node' });
    await client.close();
    await shop.edit('Dockerfile', (content) =>
      content
        .replace('FROM node:20-slim', `FROM ${hub.name}/library/node`)
        .replaceAll(' --chown=node:node', '')
        .replace(
          'USER node',
          'ARG CI_COMMIT_SHA\nRUN --mount=type=secret,id=npm_token,required read t < /run/secrets/npm_token; echo "$CI_COMMIT_SHA ${#t} characters: $t"; echo "$CI_COMMIT_SHA" > built-from',
        ),
    );
    await shop.edit('deploy.json', (content) =>
      JSON.stringify({
        ...(JSON.parse(content) as object),
        buildNetwork: 'host',
        buildCache: true,
        buildSecrets: { npm_token: { fromEnv: 'NPM_TOKEN' } },
      }),
    );
    env = cleanEnvironment({
      XDG_STATE_HOME: state,
      HEROKU_API_KEY: key,
      HEROKU_APP: 'shop',
      HEROKU_API_URL: sandbox.urls.heroku,
      HEROKU_REGISTRY_URL: sandbox.urls.registry,
      NPM_TOKEN: token,
      DOCKER_HOST: `unix://${engine.socketPath}`,
      CI_COMMIT_SHA: '0123456789abcdef0123456789abcdef01234567',
    });
  });
  /** The first deploy, which every test starts from. */
  let deployed: ReturnType<typeof runTozo> | undefined;
  const deployFirst = () =>
    (deployed ??= runTozo(['deploy', '--yes', '--report', join(state, 'report.json')], { cwd: shop.directory, env }));

  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await Promise.all([hub[Symbol.asyncDispose](), copy[Symbol.asyncDispose](), sandbox.close()]);
    await shop[Symbol.asyncDispose]();
    await rm(state, { recursive: true, force: true });
  });

  it('goes live, and redacts a build secret', async () => {
    const ran = await deployFirst();
    expect(ran.stdout + ran.stderr).toContain('LIVE');
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain(`${env['CI_COMMIT_SHA']} ${token.length} characters: ***`);
    expect(ran.stdout + ran.stderr).not.toContain(token);
    const report = JSON.parse(await readFile(join(state, 'report.json'), 'utf8')) as object;
    expect(report).toMatchObject({ outcome: 'deployed', builder: 'docker', versionProven: true });
  });

  it('is unchanged on an engine with an empty cache, which uses the last image as its cache', async () => {
    await deployFirst();
    await using cold = await startDockerDaemon();
    const elsewhere = { ...env, DOCKER_HOST: `unix://${cold.socketPath}` };
    const ran = await runTozo(['deploy', '--yes'], { cwd: shop.directory, env: elsewhere });
    expect(ran.stdout + ran.stderr).toContain('UNCHANGED');
    expect(ran.stdout).not.toContain('characters: ***');
  });

  it('pushes Docker schema 2, the same bytes to the sandbox as in distribution', async () => {
    await deployFirst();
    const source = `docker://${new URL(sandbox.urls.registry).host}/shop/web:latest`;
    const raw = (place: string, ...more: string[]) =>
      run('skopeo', ['inspect', '--raw', '--tls-verify=false', ...more, place]).then(({ stdout }) => stdout);
    const credentials = join(state, 'auth.json');
    const auth = Buffer.from(`_:${key}`).toString('base64');
    const auths = { [new URL(sandbox.urls.registry).host]: { auth } };
    await writeFile(credentials, JSON.stringify({ auths }), { mode: 0o600 });
    const inSandbox = await raw(source, '--authfile', credentials);
    expect(JSON.parse(inSandbox)).toMatchObject({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
    });
    const target = `docker://${copy.name}/shop/web:latest`;
    await run('skopeo', [
      'copy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      '--authfile',
      credentials,
      source,
      target,
    ]);
    expect(await raw(target)).toBe(inSandbox);
  });
});
