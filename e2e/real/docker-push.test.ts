import { rm, writeFile } from 'node:fs/promises';
import { buildWithDocker, type DockerBuildOptions } from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerDaemon } from './docker-daemon.ts';
import { type DockerStage, engines, blocker, network, startDockerStage, skipped } from './docker-stage.ts';
import { machineImage } from './machine-image.ts';
import { missingPrograms } from './server-process.ts';

for (const line of skipped) console.log(line);

type Request = Parameters<typeof buildWithDocker>[0];

/** Builds, and returns the log's line about the export and the number of exported layers. */
async function build(request: Request, options: DockerBuildOptions) {
  const lines: string[] = [];
  const onLog = (line: string) => lines.push(line);
  const shop = await buildWithDocker(request, { network, ...options, onLog });
  const summary = lines.find((line) => /from the engine|saving the whole image/.test(line)) ?? '';
  return { ...shop, summary, exported: Number(/^Exported (\d+) of/.exec(summary)?.[1]) };
}

describe.skipIf(blocker !== undefined).each(engines)('an image from $title', ({ daemon }) => {
  let stage: DockerStage;

  beforeAll(async () => {
    stage = await startDockerStage(daemon);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  it.each(['buildkit', 'classic'] as const)(
    'is exported without layers that are in a registry: %s',
    async (engineBuilder) => {
      const { client, registry, hub, engine } = stage;
      const target = { registry: registry.name, repository: `shop/${engineBuilder}` };
      const base = (await client.getImage({ registry: hub.name, repository: 'library/base' }))!.manifest.layers;
      const request = await stage.contextOf([
        'COPY . /app',
        'RUN cat /app/app.txt > /proof',
        'CMD ["/bin/cat", "/proof"]',
      ]);
      const options = { socketPath: engine.socketPath, engineBuilder, registry: client };

      const first = await build(request, options);
      await client.push(first.image, target);
      await first.close();
      expect(first.exported).toBe(2);
      expect(first.image.layers[0]).toMatchObject({ kind: 'stored', descriptor: base[0] });

      await writeFile(`${request.context}/later.txt`, 'later');
      await writeFile(
        request.dockerfile,
        `FROM ${hub.name}/library/base\nCOPY app.txt /app/\nCOPY later.txt /app/\nCMD ["/bin/cat", "/app/later.txt"]\n`,
      );
      const second = await build(request, { ...options, previous: (await client.getImage(target))! });
      await client.push(second.image, target);
      await second.close();
      const third = await build(request, { ...options, previous: (await client.getImage(target))! });
      const pushed = await client.push(third.image, target);
      await third.close();
      expect(third.exported).toBe(0);
      expect(third.layers.map(({ reused, files }) => [reused, files])).toEqual([
        [true, undefined],
        [true, undefined],
      ]);
      const image = `${registry.name}/${target.repository}@${pushed.manifestDigest}`;
      await engine.docker('pull', '-q', image);
      expect(await engine.docker('run', '--rm', '--network', 'none', image)).toBe('later');

      await using cold = await startDockerDaemon(daemon);
      const previous = (await client.getImage(target))!;
      const again = await build(request, { ...options, socketPath: cold.socketPath, previous });
      await again.close();
      expect(again.exported).toBeLessThanOrEqual(2);
      expect(again.image.layers[0]).toMatchObject({ kind: 'stored', descriptor: base[0] });
      const names = await Promise.all([engine, cold].map((each) => each.docker('image', 'ls')));
      expect(names.join()).not.toContain('registry-pusher-build');
    },
  );

  it('is built on the base that the lock file pins, wherever the tag points now', async () => {
    const { client, hub, engine } = stage;
    const base = { registry: hub.name, repository: 'library/moving' };
    await client.push(machineImage(), base);
    const digest = (await client.getDigest(base))!;
    await client.push(machineImage(['cat', 'ls']), base);
    const request = await stage.contextOf(['COPY . /app', 'RUN ls /app'], `${hub.name}/library/moving`);
    const images = { [`${hub.name}/library/moving:latest`]: digest };
    await writeFile(`${request.dockerfile}.lock`, JSON.stringify({ version: 1, images }));
    const options = { socketPath: engine.socketPath, registry: client };

    const locked = await build(request, options);
    await locked.close();
    const { diff_ids: pinned } = (await client.getImage({ ...base, digest }))!.config.rootfs;
    expect(locked.image.config.rootfs.diff_ids[0]).toBe(pinned[0]);
    expect(locked.warnings).toEqual([
      expect.stringMatching(/\/library\/moving:latest is now sha256:.*pinned in Dockerfile\.lock/),
    ]);

    await rm(`${request.dockerfile}.lock`);
    const free = await build(request, options);
    await free.close();
    expect(free.image.config.rootfs.diff_ids[0]).not.toBe(pinned[0]);
  });
});

const networkBlocker = blocker ?? missingPrograms(['unshare'])[0];

describe.skipIf(networkBlocker !== undefined)('an image from an engine in another network', () => {
  it('is saved instead of pushed to whoever listens there, and the log says so', async () => {
    await using engine = await startDockerDaemon({ enter: ['unshare', '--net'] });
    const stage = await startDockerStage({});
    try {
      const request = await stage.contextOf(['COPY . /'], 'scratch');
      const shop = await build(request, { socketPath: engine.socketPath });
      await shop.close();

      expect(shop.summary).toMatch(/can't reach 127\.0\.0\.1 on this machine: saving the whole image/);
      expect(shop.image.layers.map(({ kind }) => kind)).toEqual(['tar']);
    } finally {
      await stage[Symbol.asyncDispose]();
    }
  });
});
