import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { startServer } from '../process.ts';

/** A registry: distribution, on loopback, without a login. */
export interface BaseRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
}

export async function startBaseRegistry(directory: string): Promise<BaseRegistry> {
  await mkdir(directory, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(directory, 'config.yml');
  await writeFile(config, configOf(host, join(directory, 'data')));
  const server = await startServer('docker-registry', ['serve', config], {
    log: join(directory, 'registry.log'),
    isReady: async () => (await fetch(`http://${host}/v2/`)).ok,
  });
  return { host, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const configOf = (host: string, data: string): string => `version: 0.1
log: { level: warn }
storage: { filesystem: { rootdirectory: ${data} } }
http: { addr: ${host} }
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
