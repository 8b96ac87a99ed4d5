import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { utimes } from 'node:fs/promises';
import serveStatic from 'serve-static';
import { expect, test } from 'vitest';
import type { BuiltImage } from '../builder.ts';
import { createDirectory } from '../../testing/directory.ts';
import { type LayerFile, openTar, readFiles } from '../../testing/layer-files.ts';
import { project } from '../../testing/project.ts';
import { earliestTime, timeOf } from './file-times.ts';

const dockerfile = 'FROM node:20\nCOPY public /app/\n';
const old = { 'app.js': 'let a = 1', 'same.css': 'a {}' };

async function filesOf(built: BuiltImage): Promise<LayerFile[]> {
  return readFiles(openTar(built.image.layers.at(-1)!));
}

async function buildFiles(files: Readonly<Record<string, string>>, lines = dockerfile): Promise<LayerFile[]> {
  const inPublic = Object.entries(files).map(([name, text]) => [`public/${name}`, text]);
  await using shop = await project(lines, Object.fromEntries(inPublic) as Record<string, string>);
  return filesOf(await shop.build());
}

/** Serves the files of a layer by Express's module for files, with their times. */
async function serve(files: readonly LayerFile[]) {
  const directory = await createDirectory({});
  for (const { name, content, mtime, type } of files) {
    if (type !== 'file') continue;
    await directory.write({ [name]: content });
    await utimes(directory.file(name), mtime!, mtime!);
  }
  const serveFile = serveStatic(directory.path);
  const server: Server = createServer((request, response) => serveFile(request, response, () => response.end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    get: (path: string, headers: Record<string, string> = {}) => fetch(`${origin}/${path}`, { headers }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await directory[Symbol.asyncDispose]();
    },
  };
}

test('a browser gets an asset that changed without changing its size, and keeps the others (fault 181, registry-pusher)', async () => {
  const validators: Record<string, Record<string, string>> = {};
  {
    await using before = await serve(await buildFiles(old));
    for (const name of Object.keys(old)) {
      const { headers } = await before.get(`app/${name}`);
      validators[name] = {
        'if-none-match': headers.get('etag')!,
        'if-modified-since': headers.get('last-modified')!,
        'cache-control': 'max-age=0',
      };
    }
  }
  await using after = await serve(await buildFiles({ ...old, 'app.js': 'let a = 2' }));
  const changed = await after.get('app/app.js', validators['app.js']);
  expect([changed.status, await changed.text()]).toEqual([200, 'let a = 2']);
  expect((await after.get('app/same.css', validators['same.css'])).status).toBe(304);
});

test('equal files have equal times, whatever their name, owner or stage; directories and links have one time', async () => {
  const fromContext = await buildFiles({ a: 'x', b: 'x', c: 'y' });
  const fromStage = await buildFiles(
    { d: 'x' },
    'FROM node:20 AS one\nCOPY --chown=1 public /s/\nFROM node:20\nCOPY --from=one /s/d /app/\n',
  );
  const timeIn = (files: LayerFile[], name: string) => files.find((file) => file.name === name)!.mtime!.getTime();
  expect(timeIn(fromContext, 'app/b')).toBe(timeIn(fromContext, 'app/a'));
  expect(timeIn(fromStage, 'app/d')).toBe(timeIn(fromContext, 'app/a'));
  expect(timeIn(fromContext, 'app/c')).not.toBe(timeIn(fromContext, 'app/a'));
  expect(timeIn(fromContext, 'app/')).toBe(earliestTime * 1000);
});

test('a file from another image and its hard links have the time of its content', async () => {
  await using shop = await project('FROM node:20\nCOPY --from=tools:1 /bin /b\nCOPY a /a\n', { a: 'a tool' });
  await shop.registry.putBase('docker.io/library/tools:1', [
    {
      'bin/tool': 'a tool',
      'bin/name': { type: 'link', linkname: 'bin/tool' },
      'bin/large': Buffer.alloc(9_000_000, 1),
    },
  ]);
  const built = await shop.build();
  const copied = await readFiles(openTar(built.image.layers.at(-2)!));
  const times = Object.fromEntries(copied.map(({ name, mtime }) => [name, mtime!.getTime()]));
  const [local] = await filesOf(built);
  expect([times['b/tool'], times['b/name']]).toEqual([local!.mtime!.getTime(), local!.mtime!.getTime()]);
  expect(new Set([times['b/large'], times['b/tool'], times['b/']]).size).toBe(3);
  expect(copied.find(({ name }) => name === 'b/large')!.content).toHaveLength(9_000_000);
});

test.each(['0', 'f'])('every time is in the past, after ZIP’s earliest (%s…)', (digit) => {
  const time = timeOf(`sha256:${digit.repeat(64)}`);
  expect(time).toBeGreaterThan(Date.UTC(1980, 0, 2) / 1000);
  expect(time).toBeLessThan(Date.UTC(2024, 6) / 1000);
});
