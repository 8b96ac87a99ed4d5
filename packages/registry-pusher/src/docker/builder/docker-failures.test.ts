import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dockerProject } from '../../testing/docker-project.ts';
import { type EngineScript, startEngine, tarFile } from '../../testing/engine.ts';
import { built, dockerArchive } from '../../testing/saved-images.ts';
import { notAnswering } from '../engine/engine-errors.ts';
import { buildWithDocker, type DockerBuildOptions } from './docker.ts';

const project = dockerProject();

async function failure(script: EngineScript, options: DockerBuildOptions = {}) {
  await using engine = await startEngine(project.socketPath, script);
  const error: unknown = await buildWithDocker(project.request(), { socketPath: project.socketPath, ...options }).catch(
    (cause: unknown) => cause,
  );
  expect(await readdir(project.temporary)).toEqual([]);
  return { error, calls: engine.calls };
}

test('without a Docker Engine the error says what to do (fault 94)', async () => {
  const nowhere = buildWithDocker(project.request(), { socketPath: join(project.folder, 'none.sock') });

  await expect(nowhere).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringMatching(/none\.sock \(ENOENT\)\. Start Docker, or .*DOCKER_HOST/),
  });
  expect(await readdir(project.temporary)).toEqual([]);
});

test('an address that no engine can have is refused', async () => {
  await expect(buildWithDocker(project.request(), { dockerHost: 'ssh://me@host' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
  });
});

test('an engine whose API is too old is refused before the build (fault 94)', async () => {
  const { error, calls } = await failure({ apiVersion: '1.38' });

  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining('API 1.38') });
  expect(calls).toEqual(['GET /version']);
});

test('an error inside the stream of a 200 fails the build, with the step and what it printed (fault 94)', async () => {
  const { error, calls } = await failure({
    output: [
      { stream: 'Step 1/2 : FROM base\n' },
      { stream: 'Step 2/2 : RUN make' },
      { stream: '\n' },
      { stream: 'ERROR: only a warning\n' },
      { stream: 'no rule to make' },
      { stream: ' target\n' },
      { errorDetail: { code: 2, message: 'returned a non-zero code: 2' }, error: 'returned a non-zero code: 2' },
    ],
  });

  expect(error).toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message:
      'The Docker build failed at Dockerfile line 5, RUN make: returned a non-zero code: 2\n  ERROR: only a warning\n  no rule to make target',
  });
  expect(calls.at(-1)).toBe('POST /build');
});

test.for([
  ['output that ends before an image is made', [{ stream: 'Step 1/2 : FROM base' }]],
  ['output that is not JSON', ['<html>Bad gateway</html>\n']],
  ['output that is no object', ['7\n']],
] as const)('%s is a failure (fault 94)', async ([, output]) => {
  const { error } = await failure({ output });

  expect(error).toMatchObject({ code: 'ENGINE_BUILD_FAILED' });
});

test('an image for another platform is refused', async () => {
  const { error } = await failure({ output: built, saved: await dockerArchive('arm64') });

  expect(error).toMatchObject({ code: 'PLATFORM_MISSING', message: expect.stringContaining('linux/arm64') });
});

test('an archive that leads out of its folder is refused', async () => {
  for (const name of ['../outside', '/absolute']) {
    const { error } = await failure({ output: built, saved: await tarFile({ [name]: 'x' }) });
    expect(error).toMatchObject({ code: 'ENGINE_BUILD_FAILED', message: expect.stringContaining('refused') });
  }
});

test('a cancelled build closes its connections, so that the engine stops the step', async () => {
  await using engine = await startEngine(project.socketPath, {
    output: [{ stream: 'Step 1/2 : RUN sleep' }],
    staysOpen: true,
  });
  const controller = new AbortController();
  const building = buildWithDocker(project.request(), {
    socketPath: project.socketPath,
    signal: controller.signal,
    onLog: () => controller.abort(),
  });

  await expect(building).rejects.toMatchObject({ code: 'ABORTED' });
  await sleep(20);
  expect(engine.sockets.size).toBe(0);
  expect(await readdir(project.temporary)).toEqual([]);
});

test('an agent for ssh is refused by its line, before an engine is asked', async () => {
  await project.writeDockerfile('FROM base', 'RUN --mount=type=ssh,id=x make');

  await expect(buildWithDocker(project.request(), { socketPath: '/none' })).rejects.toMatchObject({
    code: 'INSTRUCTION_UNSUPPORTED',
    message: expect.stringMatching(/^Dockerfile line 2: .*type=ssh/),
  });
});

test.for([
  ['build', 'build the image'],
  ['save', 'hand over the image'],
] as const)(
  'a connection that is cut in the middle of a %s says so, and what to do (fault 94)',
  async ([cutAt, doing]) => {
    const { error } = await failure({ output: built, saved: await dockerArchive(), cutAt });

    expect(error).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`cut when it was to ${doing} \\(ECONNRESET\\).*docker version`)),
    });
  },
);

test.for([
  ['EACCES', 'join the group docker'],
  ['ECONNREFUSED', 'Start Docker, or name a running engine in DOCKER_HOST'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DOCKER_CERT_PATH'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'DOCKER_CERT_PATH'],
] as const)('an engine that cannot be reached (%s) is told with the remedy (fault 94)', ([code, remedy]) => {
  const error = notAnswering('tcp://docker:2376', Object.assign(new Error('no'), { code }));

  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining(remedy) });
  expect(error.message).toContain(`tcp://docker:2376 (${code})`);
});

test('an image that the engine does not give is told with what it says (fault 94)', async () => {
  const { error } = await failure({ output: built });

  expect(error).toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message: 'Docker refuses to hand over the image: 404: No such image',
  });
});
