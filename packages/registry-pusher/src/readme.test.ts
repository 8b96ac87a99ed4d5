import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { runCommand } from './command/run-command.ts';
import * as library from './index.ts';
import { tarLayer } from './testing/tar-layer.ts';
import { dockerProject } from './testing/docker-project.ts';
import { startEngine } from './testing/engine.ts';
import { createDirectory } from './testing/directory.ts';
import { putOciImage } from './testing/images.ts';
import { type RegistryOptions, startRegistry } from './testing/registry.ts';
import { builtOutput, dockerArchive } from './testing/saved-images.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const AsyncFunction = (async () => {}).constructor as new (
  ...source: string[]
) => (...args: unknown[]) => Promise<void>;

/** Returns the example that imports these names as a function of its imports and globals. */
function example(...names: string[]): (...args: unknown[]) => Promise<void> {
  const code = [...readme.matchAll(/```js\nimport \{ (.*?) \} from '@tozo\/registry-pusher';\n(.*?)```/gs)];
  const [, imported, body] = code.find(([, imports]) => names.every((name) => imports!.split(', ').includes(name)))!;
  return new AsyncFunction(`{ ${imported} }`, 'process', 'console', body!);
}

/** Starts a registry named `name` and a Docker Hub with a base image. */
async function registries(name: string, options: RegistryOptions = {}) {
  const hub = await startRegistry();
  const registry = await startRegistry(options);
  const passwd = { 'etc/passwd': 'node:x:1000:1000::/:\n', 'etc/group': 'node:x:1000:\n', 'usr/bin/node': 'node' };
  putOciImage(hub, 'library/node', '20-slim', { contents: [(await tarLayer(passwd)).toString('latin1')] });
  const createRegistryClient = ({ endpoints, ...rest }: library.RegistryClientOptions = {}) =>
    library.createRegistryClient({
      ...rest,
      endpoints: { 'docker.io': { url: hub.origin }, [name]: { ...endpoints?.[name], url: registry.origin } },
    });
  return {
    registry,
    createRegistryClient,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

function printer() {
  const lines: string[] = [];
  return { lines, log: (line: string) => void lines.push(line) };
}

const shopFiles = {
  Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY main.js ./\nCMD ["node", "main.js"]\n',
  'main.js': 'console.log("hello")\n',
};

const project = dockerProject();

test('README: with Docker', async () => {
  await using engine = await startEngine(project.socketPath, { output: builtOutput, saved: await dockerArchive() });
  await using setup = await registries('registry.example');
  const { socketPath } = project;
  const buildWithDocker = (request: library.BuildRequest, { onLog }: library.DockerBuildOptions) =>
    library.buildWithDocker(request, { socketPath, onLog: onLog! });
  const { createRegistryClient } = setup;
  const console = printer();
  const process = { cwd: () => project.context, env: { NPM_TOKEN: 'a token' } };
  await example('buildWithDocker')({ ...library, buildWithDocker, createRegistryClient }, process, console);
  expect(console.lines.at(-1)).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(engine.builds).toHaveLength(1);
  expect(setup.registry.manifests.has('team/shop:1.2')).toBe(true);
});

test('README: the command', async () => {
  await using registry = await startRegistry();
  await using shop = await createDirectory({ ...shopFiles, Dockerfile: 'FROM scratch\nCOPY main.js /\n' });
  const layout = shop.file('out/image');
  const lines = [...readme.matchAll(/^registry-pusher (push|inspect|diff) .*$/gm)].map(([line]) => line);
  expect(lines).toHaveLength(6);
  let output = '';
  const ignore = () => undefined;
  const printResult = (text: string) => void (output += text);
  const console = {
    printResult,
    note: ignore,
    showProgress: ignore,
    printError: ({ message }: Error) => printResult(message),
  };
  const run = async (line: string) => {
    const words = line
      .replaceAll('registry.example', registry.name)
      .replace('--context shop', `--context ${shop.path}`)
      .replace('out/image', layout);
    const signal = new AbortController().signal;
    return runCommand(words.split(' ').slice(1), { console, signal, env: {}, stdin: Readable.from([]) });
  };
  await run(lines[0]!.replace(':1.2', ':1.1'));
  for (const line of lines) expect([await run(line), output]).toEqual([0, expect.not.stringContaining('See ')]);
  expect(output).toContain('The images have the same files and config.');
});
