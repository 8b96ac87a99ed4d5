import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dockerProject } from '../../testing/docker-project.ts';
import { type EngineScript, startEngine } from '../../testing/engine.ts';
import { builtOutput, dockerArchive } from '../../testing/saved-images.ts';
import { tarLayer } from '../../testing/tar-layer.ts';
import { connectionError } from '../engine/errors.ts';
import { buildWithDocker } from './build-with-docker.ts';
import type { DockerBuildOptions } from './docker-build-options.ts';

const project = dockerProject();

async function failure(script: EngineScript, options: DockerBuildOptions = {}) {
  await using engine = await startEngine(project.socketPath, script);
  const error: unknown = await buildWithDocker(project.request(), { socketPath: project.socketPath, ...options }).catch(
    (cause: unknown) => cause,
  );
  expect(await readdir(project.temporary)).toEqual([]);
  return { error, calls: engine.calls };
}

test('says what to do without a Docker Engine (fault 94, registry-pusher)', async () => {
  const nowhere = buildWithDocker(project.request(), { socketPath: join(project.directory, 'none.sock') });

  await expect(nowhere).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    message: expect.stringMatching(/none\.sock \(ENOENT\)\. Start Docker, or .*DOCKER_HOST/),
  });
  expect(await readdir(project.temporary)).toEqual([]);
});

test('rejects an unsupported engine address', async () => {
  await expect(buildWithDocker(project.request(), { dockerHost: 'ssh://me@host' })).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
  });
});

test('rejects an engine with an old API before the build (fault 94, registry-pusher)', async () => {
  const { error, calls } = await failure({ apiVersion: '1.38' });

  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining('API 1.38') });
  expect(calls).toEqual(['GET /version']);
});

test('fails the build on an error in the output, with the step and its last lines (fault 94, registry-pusher)', async () => {
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
  ['output that ends without an image', [{ stream: 'Step 1/2 : FROM base' }]],
  ['output other than JSON', ['<html>Bad gateway</html>\n']],
  ['output other than a JSON object', ['7\n']],
] as const)('fails on %s (fault 94, registry-pusher)', async ([, output]) => {
  const { error } = await failure({ output });

  expect(error).toMatchObject({ code: 'ENGINE_BUILD_FAILED' });
});

test('rejects an image for another platform', async () => {
  const { error } = await failure({ output: builtOutput, saved: await dockerArchive('arm64') });

  expect(error).toMatchObject({ code: 'PLATFORM_MISSING', message: expect.stringContaining('linux/arm64') });
});

test('rejects an archive with paths outside its directory', async () => {
  for (const name of ['../outside', '/absolute']) {
    const { error } = await failure({ output: builtOutput, saved: await tarLayer({ [name]: 'x' }) });
    expect(error).toMatchObject({
      code: 'ENGINE_BUILD_FAILED',
      message: expect.stringContaining(`the path ${name}, which is outside`),
    });
  }
});

test('closes the connections of a canceled build, which stops the step', async () => {
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
  await expect.poll(() => engine.sockets.size).toBe(0);
  expect(await readdir(project.temporary)).toEqual([]);
});

test('rejects an SSH mount by its line before it connects to an engine', async () => {
  await project.writeDockerfile('FROM base', 'RUN --mount=type=ssh,id=x make');

  await expect(buildWithDocker(project.request(), { socketPath: '/none' })).rejects.toMatchObject({
    code: 'INSTRUCTION_UNSUPPORTED',
    message: expect.stringMatching(/^Dockerfile line 2: .*type=ssh/),
  });
});

test.for([
  ['build', 'build the image'],
  ['save', 'export the image'],
] as const)(
  'says what to do if the connection is lost during a %s (fault 94, registry-pusher)',
  async ([cutAt, action]) => {
    const { error } = await failure({ output: builtOutput, saved: await dockerArchive(), cutAt });

    expect(error).toMatchObject({
      code: 'ENGINE_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`lost while trying to ${action} \\(ECONNRESET\\).*docker version`)),
    });
  },
);

test.for([
  ['EACCES', 'Join the group docker'],
  ['ECONNREFUSED', 'Start Docker, or set DOCKER_HOST to a running engine'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DOCKER_CERT_PATH'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'DOCKER_CERT_PATH'],
] as const)('suggests a remedy if an engine is unreachable with %s (fault 94, registry-pusher)', ([code, remedy]) => {
  const error = connectionError('tcp://docker:2376', Object.assign(new Error('no'), { code }));

  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE', message: expect.stringContaining(remedy) });
  expect(error.message).toContain(`tcp://docker:2376 (${code})`);
});

test('reports why the engine refused to export the image (fault 94, registry-pusher)', async () => {
  const { error } = await failure({ output: builtOutput });

  expect(error).toMatchObject({
    code: 'ENGINE_BUILD_FAILED',
    message: 'Docker refused to export the image: 404: No such image',
  });
});
