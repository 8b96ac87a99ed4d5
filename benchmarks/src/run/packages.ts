import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runCommand } from '../process.ts';

/** The app's dependencies on a server of this machine, as a lock file of npm names them. */
export interface PackageServer extends AsyncDisposable {
  /** The entries of `packages` in package-lock.json. */
  readonly locked: Readonly<
    Record<string, { readonly version: string; readonly resolved: string; readonly integrity: string }>
  >;
  readonly names: readonly string[];
}

/** Packs each directory of a node_modules, and serves the archives. */
export async function servePackages(nodeModules: string, directory: string): Promise<PackageServer> {
  const archives = new Map<string, Buffer>();
  const names = (await readdir(nodeModules)).toSorted();
  for (const name of names) {
    await writeFile(join(nodeModules, name, 'package.json'), JSON.stringify({ name, version: '1.0.0' }));
    const archive = join(directory, `${name}.tgz`);
    await runCommand('tar', ['-czf', archive, '--transform', `s,^${name},package,`, '-C', nodeModules, name]);
    archives.set(`/${name}.tgz`, await readFile(archive));
  }
  const server = createServer((request, response) => {
    const archive = archives.get(request.url ?? '');
    response.writeHead(archive ? 200 : 404).end(archive);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const locked = [...archives].map(([path, archive]) => {
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    return [`node_modules${path.slice(0, -4)}`, { version: '1.0.0', resolved: `${url}${path}`, integrity }] as const;
  });
  return {
    locked: Object.fromEntries(locked),
    names,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
