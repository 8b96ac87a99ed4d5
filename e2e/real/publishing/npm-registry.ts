import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installTool, userEnvironment } from './tools.ts';

const run = promisify(execFile);

/** An npm registry with our packages; it gets others from the registry that npm is configured for. */
export interface NpmRegistry extends AsyncDisposable {
  readonly url: string;
  /** npm's settings for this registry, as environment variables. */
  readonly env: NodeJS.ProcessEnv;
  publish(packageDirectory: string): Promise<void>;
}

/** Starts verdaccio on a free port, with an empty storage in the directory. */
export async function startNpmRegistry(directory: string): Promise<NpmRegistry> {
  const modules = await installTool('verdaccio');
  const { stdout: upstream } = await run('npm', ['config', 'get', 'registry'], {
    cwd: tmpdir(),
    env: userEnvironment(),
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  await mkdir(directory);
  await writeFile(join(directory, 'config.yaml'), configuration(directory, upstream.trim()));
  await writeFile(
    join(directory, 'npmrc'),
    `registry=${url}\n//127.0.0.1:${port}/:_authToken=anyone\naudit=false\nfund=false\nupdate-notifier=false\n`,
  );
  const args = [
    join(modules, 'verdaccio/bin/verdaccio'),
    '-c',
    join(directory, 'config.yaml'),
    '-l',
    `127.0.0.1:${port}`,
  ];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env: userEnvironment() });
  let log = '';
  await new Promise<void>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`verdaccio exited with code ${code}:\n${log}`)));
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (text.includes('http address')) resolve();
    });
  });
  const env = { npm_config_userconfig: join(directory, 'npmrc'), npm_config_registry: url };
  return {
    url,
    env,
    async publish(packageDirectory) {
      await run('npm', ['publish', '--ignore-scripts'], { cwd: packageDirectory, env: userEnvironment(env) });
    },
    async [Symbol.asyncDispose]() {
      const exited = once(server, 'exit');
      server.kill('SIGTERM');
      await exited;
    },
  };
}

/** Returns the metadata that a registry has of a package. */
export async function readMetadata({ url }: NpmRegistry, name: string): Promise<{ versions: Record<string, object> }> {
  const response = await fetch(`${url}${name.replace('/', '%2f')}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return (await response.json()) as { versions: Record<string, object> };
}

function configuration(directory: string, upstream: string): string {
  return `storage: ${JSON.stringify(join(directory, 'storage'))}
auth: { htpasswd: { file: ${JSON.stringify(join(directory, 'htpasswd'))}, max_users: -1 } }
web: { enable: false }
max_body_size: 50mb
uplinks: { npm: { url: ${JSON.stringify(upstream)}, cache: false, maxage: 10m } }
packages:
  '@tozo/*': { access: $all, publish: $all, unpublish: $all }
  '**': { access: $all, proxy: npm }
log: { type: stdout, format: pretty, level: warn }
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
