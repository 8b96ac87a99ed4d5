import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import { resolveValues } from '../config/values.ts';
import { type BuildSettings, prepareBuild } from './prepare-build.ts';

const config = parseConfig(
  JSON.stringify({
    processes: { web: {} },
    configVars: { API_URL: { fromEnv: 'API_URL' }, MODE: { fromEnv: 'MODE' } },
  }),
);
const plainConfig = parseConfig('{"processes": {"web": {}}}');

async function project(files: Record<string, string>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-project-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

function prepare(
  directory: string,
  env: Record<string, string> = {},
  declared = config,
  builder = declared.builder,
  more: Partial<BuildSettings> = {},
) {
  const values = resolveValues(declared, { API_URL: 'https://api.example.com/v2/shop', MODE: 'production', ...env });
  return prepareBuild({ directory, config: declared, values, builder, ...more });
}

const dockerfile = 'FROM node:20-slim\nCOPY app.js ./\nCMD ["node", "app.js"]\n';

test.each(['HEROKU_API_KEY', 'GITLAB_TOKEN', 'CI_JOB_TOKEN'])(
  'refuses a file with the value of %s, without showing it (fault 119, deploy)',
  async (name) => {
    const key = 'HRKU-01234567-89ab-cdef-0123-456789abcdef';
    const directory = await project({ Dockerfile: dockerfile, 'app.js': `fetch(url, { key: "${key}" })` });
    const error = await prepare(directory, { [name]: key }).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({
      code: 'FILE_REFUSED',
      message: expect.stringMatching(new RegExp(`^app\\.js contains the value of ${name}\\..*Remove it from the file`)),
    });
    expect((error as Error).message).not.toContain(key);
  },
);

test('a value that may be public names its variable and the way out (fault 121, deploy)', async () => {
  const app = 'fetch("https://api.example.com/v2/shop"); const mode = "production";';
  const directory = await project({ Dockerfile: dockerfile, 'app.js': app });
  await expect(prepare(directory)).rejects.toMatchObject({
    code: 'FILE_REFUSED',
    message: expect.stringMatching(
      /^app\.js contains the value of API_URL\..*"API_URL": \{"fromEnv": "API_URL", "secret": false\} in deploy\.json's configVars/,
    ),
  });
  const declared = parseConfig(
    JSON.stringify({
      processes: { web: {} },
      configVars: { API_URL: { fromEnv: 'API_URL', secret: false }, MODE: { fromEnv: 'MODE' } },
    }),
  );
  await expect(prepare(directory, {}, declared)).resolves.toMatchObject({ outline: { builder: 'direct' } });
});

test.each(['Dockerfile', '.dockerignore'])(
  '%s that is a pipe, a device or endless is refused at once (fault 172, deploy)',
  async (name) => {
    const files = { Dockerfile: dockerfile, 'app.js': '' };
    const piped = await project(files);
    await rm(join(piped, name), { force: true });
    execFileSync('mkfifo', [join(piped, name)]);
    await expect(prepare(piped)).rejects.toThrow(`${name} is a pipe, a device or a socket`);
    const device = await project(files);
    await rm(join(device, name), { force: true });
    await symlink('/dev/zero', join(device, name));
    await expect(prepare(device)).rejects.toThrow(`${name} is a pipe, a device or a socket`);
    const large = await project({ ...files, [name]: '#'.repeat(1024 * 1024 + 1) });
    await expect(prepare(large)).rejects.toThrow(`${name} is larger than 1 MiB`);
  },
);

test('without an engine, each RUN is named with what it is for and what replaces it (fault 120, deploy)', async () => {
  const text = `FROM node:20-slim
RUN apt-get update && apt-get install -y curl
COPY . .
RUN npm ci \\
    && npm run build
RUN useradd app
USER app
`;
  const directory = await project({ Dockerfile: text });
  const before = process.env['DOCKER_HOST'];
  onTestFinished(
    () => void (before === undefined ? delete process.env['DOCKER_HOST'] : (process.env['DOCKER_HOST'] = before)),
  );
  process.env['DOCKER_HOST'] = 'unix:///nonexistent/docker.sock';
  const noRun = { whyNoRun: () => 'nothing executes it here' };
  const error = await prepare(directory, {}, plainConfig, 'auto', noRun).catch((reason: unknown) => reason as Error);
  expect(error).toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  const { message } = error as Error;
  expect(message).toContain("Can't reach the Docker Engine at unix:///nonexistent/docker.sock");
  expect(message).toMatch(/line 2: RUN apt-get update .*\n {4}installs system packages: use a base image/);
  expect(message).toMatch(
    /line 4: RUN npm ci .*\n {4}installs npm packages: .*COPY node_modules.*\n {4}builds the app: /,
  );
  expect(message).toMatch(/line 6: RUN useradd app\n {4}creates a user: .*USER node/);
  await expect(prepare(directory, {}, plainConfig, 'direct', noRun)).rejects.toMatchObject({
    code: 'INSTRUCTION_UNSUPPORTED',
    message: expect.stringMatching(
      /line 6: RUN useradd app\n {4}creates a user: .*\nRUN needs Docker: nothing executes it here\.\n/,
    ),
  });
});

test('RUN may be executed on one base and not on another', async () => {
  const whyNoRun: BuildSettings['whyNoRun'] = (base) => (base?.registry === 'docker.io' ? 'no shell' : undefined);
  const reason = async (text: string) =>
    await prepare(await project({ Dockerfile: text }), {}, plainConfig, 'direct', { whyNoRun }).then(
      ({ outline }) => outline.reason,
      (error: Error) => error.message,
    );
  expect(await reason('FROM registry.example.com/node\nRUN npm ci\n')).toMatch(/^RUN is reused, /);
  expect(await reason('FROM node:20-slim\nRUN npm ci\n')).toContain('\nRUN needs Docker: no shell.\n');
});

test('a build in a network of Docker needs Docker for every RUN', async () => {
  const directory = await project({ Dockerfile: 'FROM node:20-slim\nRUN npm ci\n' });
  const declared = parseConfig('{"processes": {"web": {}}, "buildNetwork": "host"}');
  const whyNoRun = () => undefined;
  await expect(prepare(directory, {}, declared, 'direct', { whyNoRun })).rejects.toThrow(
    '\nRUN needs Docker: "buildNetwork" in deploy.json is a network of Docker.\n',
  );
});

test('RUN needs no engine: it is reused, or executed where this machine can do that', async () => {
  const text = 'FROM node:20-slim\nRUN npm ci\n';
  const prepared = await prepare(await project({ Dockerfile: text }), {}, plainConfig);
  expect(prepared.outline).toMatchObject({ builder: 'direct', reason: expect.stringMatching(/^RUN is reused, /) });
  expect(prepared.run).toBeDefined();
  const nothing = await prepare(await project({ Dockerfile: 'FROM node:20-slim\n' }), {}, plainConfig);
  expect(nothing.run).toBeUndefined();
});

test('in a CI job with the key, no RUN is executed, and the reason names tozo image', async () => {
  vi.stubEnv('CI', 'true');
  vi.stubEnv('HEROKU_API_KEY', 'key');
  onTestFinished(() => void vi.unstubAllEnvs());
  const { run } = await prepare(await project({ Dockerfile: 'FROM node:20-slim\nRUN npm ci\n' }), {}, plainConfig);
  expect(run).toEqual({ reason: expect.stringContaining('tozo image in lint-test') });
});

test.each([
  ['a Dockerfile that is missing', {}, 'DOCKERFILE_MISSING'],
  ['a COPY source that is missing', { Dockerfile: dockerfile }, 'COPY_SOURCE_MISSING'],
  ['an instruction that is none', { Dockerfile: 'FROM node:20-slim\nCOPPY a b\n' }, 'DOCKERFILE_INVALID'],
])('finds %s without any service (fault 179, deploy)', async (_, files, code) => {
  await expect(prepare(await project(files))).rejects.toMatchObject({ code });
});

test('"stages" replaces a stage by a directory, so that nothing needs Docker', async () => {
  const directory = await project({
    Dockerfile: 'FROM node:20-slim AS builder\nRUN npm run build\nFROM node:20-slim\nCOPY --from=builder /app.js ./\n',
    'app.js': 'built',
  });
  const declared = parseConfig('{"processes": {"web": {}}, "stages": {"builder": "."}}');

  await expect(prepare(directory, {}, declared)).resolves.toMatchObject({ outline: { builder: 'direct' } });
  await expect(prepare(directory, {}, declared, 'docker')).rejects.toMatchObject({
    code: 'INSTRUCTION_UNSUPPORTED',
    message: expect.stringContaining('"stages" in deploy.json needs a build without Docker'),
  });
});
