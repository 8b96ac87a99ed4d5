import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A package that the registry serves. */
export interface PublishedPackage {
  readonly manifest: { readonly name: string; readonly version: string; readonly [field: string]: unknown };
  readonly files: Readonly<Record<string, string | Buffer>>;
}

export interface LocalRegistry extends AsyncDisposable {
  readonly url: string;
  /** The authorization that requests need: `Bearer TOKEN`. */
  readonly token: string;
}

/** Starts an npm registry on this machine with the given packages, for whoever has its token. */
export async function startLocalRegistry(packages: readonly PublishedPackage[], token: string): Promise<LocalRegistry> {
  const archives = new Map(packages.map((published) => [archiveName(published), packageArchive(published)]));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const json = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (request.headers.authorization !== `Bearer ${token}`) return json(401, { error: 'log in first' });
    const archive = archives.get(path);
    if (archive) return void response.writeHead(200).end(archive);
    const versions = packages.filter(({ manifest }) => manifest.name === path);
    if (versions.length === 0) return json(404, { error: `no package ${path}` });
    const documents = versions.map((published) => {
      const integrity = `sha512-${createHash('sha512')
        .update(archives.get(archiveName(published))!)
        .digest('base64')}`;
      return [
        published.manifest.version,
        { ...published.manifest, dist: { tarball: `${url}${archiveName(published)}`, integrity } },
      ] as const;
    });
    const latest = versions.at(-1)?.manifest.version;
    return json(200, { name: path, 'dist-tags': { latest }, versions: Object.fromEntries(documents) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    token,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function archiveName({ manifest: { name, version } }: PublishedPackage): string {
  return `-/${name.replace('/', '-')}-${version}.tgz`;
}

function packageArchive({ manifest, files }: PublishedPackage): Buffer {
  const all = { 'package.json': JSON.stringify(manifest), ...files };
  const entries = Object.entries(all).map(([path, content]) => tarEntry(`package/${path}`, Buffer.from(content)));
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));
}

function tarEntry(path: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): number =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  header.write(path, 0);
  octal(0o644, 100, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
