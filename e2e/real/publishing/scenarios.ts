import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createRegistryClient, parseImageReference, push, type RegistryClient } from '@tozo/registry-pusher';
import { type RunningRegistry, type Sandbox, startRegistry, startSandbox } from '@tozo/sandbox';

/** The services that the examples of all READMEs use. */
export interface Services extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** `registry.example` */
  readonly registry: RunningRegistry;
  /** Reaches the same registries under the same names. */
  readonly client: RegistryClient;
  /** The hosts of the examples, with the ports of these services. */
  readonly redirects: Readonly<Record<string, number>>;
}

/** What an example needs, and what it does. */
export interface Scenario {
  readonly prepare?: (directory: string, services: Services) => Promise<NodeJS.ProcessEnv>;
  /** Peers that the README's install line lists besides the package. */
  readonly peers?: readonly string[];
  /** What it prints on stdout. */
  readonly prints?: RegExp;
  /** What it fails with, if it needs what the directory doesn't have. */
  readonly fails?: RegExp;
}

export async function startServices(): Promise<Services> {
  const sandbox = await startSandbox({ apps: ['shop', 'shop-live'], projects: ['group/shop'] });
  const registry = await startRegistry();
  const { urls } = sandbox;
  const portOf = (url: string) => Number(new URL(url).port);
  const client = createRegistryClient({
    endpoints: {
      'docker.io': { url: urls.hub },
      'registry.example': { url: registry.url },
      'registry.heroku.com': { url: urls.registry, credentials: { username: '_', password: sandbox.apiKey } },
    },
  });
  return {
    sandbox,
    registry,
    client,
    redirects: {
      'api.heroku.com': portOf(urls.heroku),
      'gitlab.com': portOf(urls.gitlab),
      'registry-1.docker.io': portOf(urls.hub),
      'registry.example': portOf(registry.url),
      'registry.heroku.com': portOf(urls.registry),
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await registry.close();
      await sandbox.close();
    },
  };
}

const server = `import { createServer } from 'node:http';
const headers = { 'x-source-digest': process.env.SOURCE_DIGEST };
createServer((request, response) => response.writeHead(200, headers).end('hello')).listen(process.env.PORT);
`;
const dockerfile = `FROM node:24-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY server.js ./
CMD ["node", "server.js"]
`;
const deployJson = JSON.stringify({
  processes: { web: { health: { versionHeader: 'x-source-digest', holdSeconds: 0.2 } } },
});
const shop = {
  'package.json': '{ "type": "module" }',
  'server.js': server,
  Dockerfile: dockerfile,
  'deploy.json': deployJson,
};

/** By package, in the order of its README's examples. */
export const scenarios: Readonly<Record<string, readonly Scenario[]>> = {
  deploy: [
    {
      prepare: async (directory, { sandbox }) => {
        await writeFiles(directory, shop);
        return { HEROKU_API_KEY: sandbox.apiKey };
      },
      prints: /\nfinished\n.*LIVE v\d+|LIVE/s,
    },
  ],
  'gitlab-ci': [{}],
  'gitlab-variables': [
    {
      prepare: async (_directory, { sandbox }) => ({
        GITLAB_TOKEN: sandbox.gitlabToken,
        HEROKU_API_KEY: 'HRKU-0123456789',
      }),
      prints: /^create HEROKU_API_KEY: done\ncreate HEROKU_APP: done\n$/,
    },
  ],
  'heroku-client': [
    {
      prepare: async (directory, { sandbox, client }) => {
        await writeFiles(directory, { 'server.js': server });
        const { imageId } = await push(
          {
            to: 'registry.heroku.com/shop/web',
            base: 'node:24-slim',
            layers: [{ files: 'server.js', to: '/app/' }],
            context: directory,
            config: { Cmd: ['node', '--input-type=module', '-e', server] },
          },
          { registry: client },
        );
        return { HEROKU_API_KEY: sandbox.apiKey, IMAGE_ID: imageId };
      },
      prints: /^v\d+ succeeded\n$/,
    },
  ],
  'image-deps': [
    {
      prepare: async (directory) => {
        const manifest = { name: 'shop', version: '1.0.0' };
        await writeFiles(directory, {
          'package.json': JSON.stringify({ ...manifest, type: 'module' }),
          'package-lock.json': JSON.stringify({ ...manifest, lockfileVersion: 3, packages: { '': manifest } }),
          'dist/server.js': server,
        });
        return {};
      },
      prints: /^0 packages, 0 libraries, 2 files\n$/,
    },
  ],
  init: [
    {
      prepare: async (directory) => {
        await writeFiles(directory, shop);
        return {};
      },
      prints: /^\.dockerignore\n/,
    },
  ],
  infrastructure: [{ peers: ['cdktf', 'constructs'] }, { peers: ['cdktf', 'constructs'] }],
  // Without Nx it says so, and doesn't fail.
  nx: [{ prints: /^undefined\n$/ }],
  'registry-pusher': [
    {
      prepare: async (directory, { sandbox }) => {
        await writeFiles(directory, shop);
        return { HEROKU_API_KEY: sandbox.apiKey };
      },
      prints: /^sha256:[0-9a-f]{64}: [1-9]\d* bytes sent\n$/,
    },
    {
      prepare: async (directory) => {
        const files = { 'node_modules/a/index.js': '1', 'package.json': '{}', 'dist/main.js': '2' };
        await writeFiles(directory, files);
        execFileSync('tar', ['-czf', 'assets.tar.gz', 'package.json'], { cwd: directory });
        return {};
      },
      prints: /^sha256:[0-9a-f]{64}: 1 more\n$/,
    },
    {
      prepare: async (directory, { client }) => {
        await pushVersions(directory, client, ['1.1', '1.2']);
        return {};
      },
      prints: /^\d+ bytes in \d+ layers\nchanged \/app\/main.js\n$/,
    },
    {
      prepare: async (directory) => {
        await writeFiles(directory, shop);
        return {};
      },
      prints: /\]\n$/,
    },
    {
      prepare: async (directory) => {
        await writeFiles(directory, { Dockerfile: 'FROM scratch\nRUN nothing\n' });
        return {};
      },
      fails: /The package dockerode.* isn't installed\. Run npm install dockerode/,
    },
  ],
  sandbox: [
    { prints: /^200\n1\n0\nhttp:\/\/127\.0\.0\.1:\d+\/\n$/ },
    { prints: /^2040-03-01\n$/ },
    { prints: /^\[\]\n401\n1\n$/ },
    { prints: /^\{"LOG_LEVEL":"\[REDACTED\]"\}\n2\n$/ },
    { prints: /^200\n503\n200\n1\n$/ },
    { prints: /^$/ },
  ],
};

/** Pushes an image per tag, each with a file of other content. */
async function pushVersions(directory: string, client: RegistryClient, tags: readonly string[]): Promise<void> {
  for (const tag of tags) {
    await writeFiles(directory, { 'main.js': tag });
    await push(
      {
        to: parseImageReference(`registry.example/team/shop:${tag}`),
        base: 'node:24-slim',
        layers: [{ files: 'main.js', to: '/app/' }],
        context: directory,
      },
      { registry: client },
    );
  }
}

async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), content);
  }
}
