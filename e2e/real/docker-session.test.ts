import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { buildWithDocker, type CredentialSource, type RegistryCredentials } from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerDaemon } from './docker-daemon.ts';
import { type DockerStage, engines, blocker, network, startDockerStage, skipped, stageLogin } from './docker-stage.ts';
import { basicHeader, guardRegistry } from './guarded-registry.ts';

const run = promisify(execFile);
for (const line of skipped) console.log(line);

const secret = 'npm_s3cret_of_the_build';

describe.skipIf(blocker !== undefined).each(engines)('a build session with $title', ({ daemon, builders }) => {
  let stage: DockerStage;
  let options: { readonly socketPath: string; readonly network: string };

  beforeAll(async () => {
    stage = await startDockerStage(daemon);
    options = { socketPath: stage.engine.socketPath, network };
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it.each(builders)('shows each registry only its own credentials: %s', async (engineBuilder) => {
    await using byToken = await guardRegistry(stage.hub.name, { username: 'one', password: 'first' }, 'Bearer');
    await using byBasic = await guardRegistry(stage.hub.name, { username: 'two', password: 'second' });
    await using open = await guardRegistry(stage.hub.name);
    const request = await stage.contextOf(
      [
        `COPY --from=${byBasic.name}/library/base /bin/cat /cat`,
        `COPY --from=${open.name}/library/base /bin/ls /ls`,
        'RUN /cat /etc/passwd > /proof',
      ],
      `${byToken.name}/library/base`,
    );
    const credentials = credentialsFrom({
      [byToken.name]: { username: 'one', password: 'first' },
      [byBasic.name]: { username: 'two', password: 'second' },
      'other.example': { username: 'three', password: 'third' },
    });

    const { close } = await buildWithDocker(request, { ...options, engineBuilder, credentials });
    await close();

    expect([...byToken.shown].sort()).toEqual([
      basicHeader({ username: 'one', password: 'first' }),
      'Bearer token-of-one',
    ]);
    expect([...byBasic.shown]).toEqual([basicHeader({ username: 'two', password: 'second' })]);
    expect([...open.shown]).toEqual([]);
    for (const registry of [byToken, byBasic, open]) expect(registry.served()).toBeGreaterThan(0);
  });

  it('reports a base without read access, with what to do', async () => {
    await using guarded = await guardRegistry(stage.hub.name, { username: 'one', password: 'first' });
    const request = await stage.contextOf(['RUN cat /etc/passwd'], `${guarded.name}/library/base`);

    await expect(buildWithDocker(request, options)).rejects.toMatchObject({
      code: 'ENGINE_BUILD_FAILED',
      message: expect.stringContaining('docker login') as unknown,
    });
    expect([...guarded.shown]).toEqual([]);
  });

  it('passes a secret to the step that mounts it, and stores it nowhere', async () => {
    const request = await stage.contextOf([
      'RUN --mount=type=secret,id=npm_token,required read value < /run/secrets/npm_token; echo "${#value} characters"',
      'RUN ls / > /without',
    ]);
    const lines: string[] = [];

    const shop = await buildWithDocker(request, {
      ...options,
      buildSecrets: { npm_token: secret },
      onLog: (line) => lines.push(line),
    });

    expect(lines).toContain(`${secret.length} characters`);
    expect(JSON.stringify(shop)).not.toContain(secret);
    expect(shop.layers).toMatchObject([{ files: 0 }, { files: 1 }]);
    const directory = dirname(stage.engine.socketPath);
    expect(await filesWith('RUN --mount=type=secret', directory)).not.toEqual([]);
    expect(await filesWith(secret, directory)).toEqual([]);
    await shop.close();
  });

  it('rejects an image that contains a secret', async () => {
    const request = await stage.contextOf([
      'RUN mkdir -p /app',
      'RUN --mount=type=secret,id=npm_token cd /run/secrets && cat npm_token && cat npm_token > /app/.npmrc',
    ]);

    const lines: string[] = [];
    const onLog = (line: string) => lines.push(line);
    const building = buildWithDocker(request, { ...options, buildSecrets: { npm_token: secret }, onLog });

    await expect(building).rejects.toMatchObject({
      code: 'FILE_REFUSED',
      message: expect.stringMatching(/^\/app\/\.npmrc \(written by Dockerfile line 3\)/) as unknown,
    });
    expect(lines).toContain('***');
    expect(lines.join('\n')).not.toContain(secret);
  });

  it("doesn't run a step again on an engine with an empty cache if the last image has its layer", async () => {
    const request = await stage.contextOf(['COPY . /app', 'RUN cat /proc/sys/kernel/random/uuid > /id', 'CMD ["/id"]']);
    const target = { registry: stage.registry.name, repository: 'shop/cached' };
    const more = { cacheFrom: [target], credentials: credentialsFrom({ [stage.registry.name]: stageLogin }) };
    const first = await buildWithDocker({ ...request, revision: 'a' }, { ...options, ...more });
    await stage.client.push(first.image, target);
    await first.close();

    await using cold = await startDockerDaemon(daemon);
    const previous = (await stage.client.getImage(target))!;
    const second = await buildWithDocker(
      { ...request, revision: 'b' },
      { socketPath: cold.socketPath, network, ...more, previous },
    );
    await second.close();

    expect(second.layers.map(({ reused }) => reused)).toEqual([true, true]);
    expect(second.image.imageId).toBe(first.image.imageId);
  });
});

function credentialsFrom(logins: Readonly<Record<string, RegistryCredentials>>): CredentialSource {
  return async (registry) => logins[registry];
}

/** Returns the files in a directory that contain a string. Skips sockets and files that disappear. */
async function filesWith(text: string, directory: string): Promise<string[]> {
  const arguments_ = ['-rlFs', '--devices=skip', text, directory];
  const ended = await run('grep', arguments_).catch((failed: { stdout: string }) => failed);
  return ended.stdout.split('\n').filter(Boolean);
}
