import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOnFreePort, startServer } from './server-process.ts';

/** A registry: distribution, as packaged by Debian. */
export interface Distribution extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly name: string;
  /** skopeo's arguments to log in. */
  readonly credentialArgs: readonly string[];
}

export const distributionPrograms = ['docker-registry', 'htpasswd'];

/** Starts a registry without images, which requires a username and password if `login` is set. */
export async function startDistribution(login?: { username: string; password: string }): Promise<Distribution> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-distribution-'));
  const passwords = join(directory, 'htpasswd');
  const config = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(directory, 'storage') } },
    ...(login ? { auth: { htpasswd: { realm: 'test', path: passwords } } } : {}),
  };
  if (login) execFileSync('htpasswd', ['-Bbc', passwords, login.username, login.password], { stdio: 'ignore' });
  const { server, port } = await startOnFreePort(async (candidate) => {
    const addr = `127.0.0.1:${candidate}`;
    await writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, http: { addr } }));
    return startServer('docker-registry', ['serve', join(directory, 'config.json')], {
      log: join(directory, 'log'),
      isReady: async () => (await fetch(`http://${addr}/v2/`)).status < 500,
    });
  });
  const name = `127.0.0.1:${port}`;
  return {
    name,
    credentialArgs: login ? ['--creds', `${login.username}:${login.password}`] : [],
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
