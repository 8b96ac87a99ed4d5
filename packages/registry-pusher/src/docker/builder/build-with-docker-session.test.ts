import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytesField, bytesOf, readFields, textOf } from '../session/protobuf.ts';
import type { CredentialSource } from '../../registry/login/credentials.ts';
import { dockerProject } from '../../testing/docker-project.ts';
import { type EngineScript, startEngine } from '../../testing/engine.ts';
import { type ReceivedFiles, receiveFiles, type SessionCall } from '../../testing/engine-session.ts';
import { builtOutput, dockerArchive } from '../../testing/saved-images.ts';
import { buildWithDocker } from './build-with-docker.ts';
import type { DockerBuildOptions } from './docker-build-options.ts';

const project = dockerProject();
const secret = 'npm_1234567890';

/** Builds with an engine that calls its session during the build. */
async function build(
  onSession: (call: SessionCall) => Promise<void>,
  options: DockerBuildOptions = {},
  script: EngineScript = {},
) {
  await using engine = await startEngine(project.socketPath, {
    output: builtOutput,
    saved: await dockerArchive(),
    onSession,
    ...script,
  });
  const lines: string[] = [];
  const result = await buildWithDocker(project.request(), {
    socketPath: project.socketPath,
    onLog: (line) => lines.push(line),
    ...options,
  });
  await result.close();
  return { ...result, engine, lines };
}

const askSecret = (call: SessionCall, id: string) =>
  call('/moby.buildkit.secrets.v1.Secrets/GetSecret', bytesField(1, id));

async function credentialsFor(host: string, credentials?: CredentialSource) {
  let found: { username: string; secret: string } | undefined;
  await build(
    async (call) => {
      const { messages } = await call('/moby.filesync.v1.Auth/Credentials', bytesField(1, host));
      const fields = readFields(messages[0]!);
      found = { username: textOf(fields, 1), secret: textOf(fields, 2) };
    },
    credentials ? { credentials } : {},
  );
  return found;
}

const leftOut = expect.stringMatching(/^Left out, .*: \.env\./) as string;

test('sends the context through the session and announces its methods', async () => {
  const { engine } = await build(async () => undefined);

  const [{ files, query }] = engine.builds as [(typeof engine.builds)[0]];
  expect([...files.keys()]).toEqual(['Dockerfile', 'main.js']);
  expect(query.get('remote')).toBe('client-session');
  expect(engine.sessionHeaders[0]!['x-docker-expose-session-grpc-method']).toContain(
    '/moby.buildkit.secrets.v1.Secrets/GetSecret',
  );
});

test('sends the context for a Dockerfile that copies hundreds of paths, and no other directory', async () => {
  const followpaths = Array.from({ length: 1000 }, (_, index) => `packages/of/the/workspace/${index}/package.json`);
  const received: ReceivedFiles[] = [];
  const { engine } = await build(async (call) => {
    for (const directory of ['context', 'other'])
      received.push(await receiveFiles(call, { 'dir-name': directory, followpaths }));
  });

  expect(received).toEqual([engine.builds[0]!.files, new Map()]);
});

test('sends a context larger than a message', async () => {
  const content = 'x'.repeat(5_000_000);
  await writeFile(join(project.context, 'large.txt'), content);

  const { engine } = await build(async () => undefined);

  expect(engine.builds[0]!.files.get('large.txt')?.content).toBe(content);
});

test("names a file that changes during the build, regardless of the engine's error", async () => {
  const changing = build(
    async () => undefined,
    {},
    {
      beforeContext: () => writeFile(join(project.context, 'main.js'), 'changed'),
      output: [{ errorDetail: { message: 'rpc error' }, error: 'rpc error' }],
    },
  );

  await expect(changing).rejects.toMatchObject({ code: 'FILE_CHANGED', message: expect.stringContaining('main.js') });
});

test('serves a secret by its ID and no other ID', async () => {
  await project.writeDockerfile('FROM base', 'RUN --mount=type=secret,id=npm_token make');
  const responses: Awaited<ReturnType<SessionCall>>[] = [];

  const shop = await build(
    async (call) => {
      responses.push(
        await askSecret(call, 'npm_token'),
        await askSecret(call, 'other'),
        await askSecret(call, '__proto__'),
      );
    },
    { buildSecrets: { npm_token: secret } },
  );

  const [served, ...others] = responses.map(({ messages }) => messages);
  expect(bytesOf(readFields(served![0]!), 1)[0]?.toString()).toBe(secret);
  expect(others).toEqual([[], []]);
  expect(responses.map(({ status }) => status)).toEqual([0, 5, 5]);
  expect(shop.warnings).toEqual([leftOut]);
});

test('sends no secret in a request and redacts it in output and errors', async () => {
  await project.writeDockerfile('FROM base', 'RUN --mount=type=secret,id=npm_token make');
  const lines: string[] = [];
  const output = [
    { stream: 'Step 2/2 : RUN make\n' },
    { stream: `token ${secret} is wrong\n` },
    { errorDetail: { message: `401 for ${secret}` }, error: '' },
  ];
  const failing = build(
    async () => undefined,
    { buildSecrets: { npm_token: secret }, onLog: (line) => lines.push(line) },
    { output },
  );

  await expect(failing).rejects.toMatchObject({
    message: 'The Docker build failed at RUN make: 401 for ***\n  token *** is wrong',
  });
  expect(lines).toEqual(['Step 2/2 : RUN make', 'token *** is wrong']);

  const { engine } = await build(async () => undefined, { buildSecrets: { npm_token: secret } });
  expect(JSON.stringify([engine.builds, engine.calls, engine.sessionHeaders])).not.toContain(secret);
});

test('rejects a saved image in which a step left a secret, by file and line', async () => {
  await project.writeDockerfile('FROM base', 'COPY . /app', 'RUN --mount=type=secret,id=key make', 'CMD make');

  await expect(build(async () => undefined, { buildSecrets: { key: 'made too!' } })).resolves.toBeDefined();
  await expect(
    build(
      async () => undefined,
      { buildSecrets: { key: 'made too in a layer' } },
      { saved: await dockerArchive('amd64', 'it was made too in a layer') },
    ),
  ).rejects.toMatchObject({
    code: 'FILE_REFUSED',
    message: expect.stringMatching(
      /^\/app\/more \(written by Dockerfile line 3\) contains the value of the build secret key\. .* Read it where it is mounted/,
    ),
  });
});

test('rejects a missing required secret, and warns of a missing optional and an unused one', async () => {
  await project.writeDockerfile('FROM base', 'RUN --mount=type=secret,id=a,required make');
  await expect(build(async () => undefined)).rejects.toMatchObject({
    code: 'INSTRUCTION_UNSUPPORTED',
    message: expect.stringMatching(/line 2: .* secret a, which is missing/),
  });

  await project.writeDockerfile('FROM base', 'RUN --mount=type=secret,target=/run/secrets/a make');
  const shop = await build(async () => undefined, { buildSecrets: { b: secret } });
  expect(shop.warnings).toEqual([
    'Dockerfile line 2: the secret a is missing; the step runs without it.',
    "The build secret b isn't mounted by any RUN.",
    leftOut,
  ]);
});

test('says that a short build secret isn’t searched for', async () => {
  await project.writeDockerfile('FROM base', 'RUN --mount=type=secret,id=pin make');
  const { warnings } = await build(async () => undefined, { buildSecrets: { pin: '1234' } });
  expect(warnings).toEqual([
    "The build secret pin is shorter than 8 characters: layers of RUN aren't searched for it.",
    leftOut,
  ]);
});

test('rejects a secret without BuildKit, by its line', async () => {
  await project.writeDockerfile('FROM base', 'RUN --mount=type=secret,id=a make');
  await using _engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });

  await expect(
    buildWithDocker(project.request(), { socketPath: project.socketPath, buildSecrets: { a: secret } }),
  ).rejects.toMatchObject({
    code: 'INSTRUCTION_UNSUPPORTED',
    message: expect.stringMatching(/line 2: .*needs BuildKit.*doesn't support sessions/),
  });
});

test('sends a registry only its own credentials', async () => {
  const requested: string[] = [];
  const credentials: CredentialSource = async (registry) => {
    requested.push(registry);
    return registry === 'base.example' ? { username: 'me', password: 'mine' } : undefined;
  };

  expect(await credentialsFor('base.example', credentials)).toEqual({ username: 'me', secret: 'mine' });
  expect(await credentialsFor('other.example', credentials)).toEqual({ username: '', secret: '' });
  expect(await credentialsFor('base.example')).toEqual({ username: '', secret: '' });
  expect(requested).toEqual(['base.example', 'other.example']);
});

test('looks up Docker Hub as docker.io and sends an identity token', async () => {
  const credentials: CredentialSource = async (registry) =>
    registry === 'docker.io' ? { identityToken: 'a-token' } : undefined;

  expect(await credentialsFor('registry-1.docker.io', credentials)).toEqual({ username: '', secret: 'a-token' });
});

test("sends the classic builder the credentials for the Dockerfile's registries", async () => {
  await project.writeDockerfile(
    'ARG FROM=base.example/a',
    'FROM $FROM AS one',
    'FROM one',
    'COPY --from=two.example/b /x /x',
    'FROM node',
  );
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  const requested: string[] = [];
  const credentials: CredentialSource = async (registry) => {
    requested.push(registry);
    return registry === 'two.example' ? undefined : { username: registry, password: 'p' };
  };

  const options = { socketPath: project.socketPath, credentials };
  await (await buildWithDocker(project.request(), options)).close();

  expect(requested).toEqual(['base.example', 'two.example', 'docker.io']);
  const header = Buffer.from(String(engine.builds[0]!.headers['x-registry-config']), 'base64').toString();
  expect(JSON.parse(header)).toEqual({
    'base.example': { username: 'base.example', password: 'p' },
    'https://index.docker.io/v1/': { username: 'docker.io', password: 'p' },
  });
});

test('responds to health checks and rejects unknown methods', async () => {
  const statuses: number[] = [];
  await build(async (call) => {
    statuses.push((await call('/moby.filesync.v1.Auth/FetchToken')).status);
    statuses.push((await call('/grpc.health.v1.Health/Check')).status);
  });

  expect(statuses).toEqual([12, 0]);
});

test('uses a cache in a registry and adds one to the image', async () => {
  const cacheFrom = [{ registry: 'registry.example', repository: 'shop/web', tag: 'latest' }];
  const { engine } = await build(async () => undefined, { cacheFrom });

  const [{ query }] = engine.builds as [(typeof engine.builds)[0]];
  expect(JSON.parse(query.get('cachefrom')!)).toEqual(['registry.example/shop/web:latest']);
  expect(JSON.parse(query.get('buildargs')!)).toMatchObject({ BUILDKIT_INLINE_CACHE: '1' });
});
