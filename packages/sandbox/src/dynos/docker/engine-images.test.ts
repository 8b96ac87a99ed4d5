import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { expect, onTestFinished, test } from 'vitest';
import { imageOf, type TestImage } from '../../testing/images.ts';
import { Engine } from './engine.ts';
import { EngineImages } from './engine-images.ts';

const hexOf = (digest: string): string => digest.slice('sha256:'.length);
const layersOf = ({ pushed }: TestImage): string[] => pushed.layers.map(({ digest }) => `${hexOf(digest)}/layer.tar`);

/** An engine that accepts what `takes` says, and records what it loads and removes. */
async function testEngine(images: readonly TestImage[], takes: (names: readonly string[]) => boolean = () => true) {
  const loads: string[][] = [];
  const removed: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'DELETE') {
      removed.push(request.url ?? '');
      response.end('[]');
      return;
    }
    const names: string[] = [];
    const archive = extract().on('entry', ({ name }, body, next) => {
      names.push(name);
      body.on('end', next).resume();
    });
    request.pipe(archive).on('finish', () => {
      loads.push(names);
      response.end(
        takes(names) ? '{"stream":"Loaded"}\n' : '{"errorDetail":{},"error":"open layer.tar: no such file"}\n',
      );
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const engine = new Engine({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const store = {
    findImage: async (_: string, imageId: string) => images.find((image) => image.imageId === imageId)?.pushed,
  };
  const openBlob = (digest: string): Readable => images.find(({ blobs }) => blobs.has(digest))!.openBlob(digest);
  const loaded = new EngineImages(engine, store, openBlob, 'tozo-sandbox/test');
  const get = async (image: TestImage) => await loaded.get({ repository: 'shop/web', imageId: image.imageId });
  return { get, loads, removed, loaded };
}

const shared = [{ name: 'app/shared', content: 'shared' }];
const versions = async (count: number): Promise<TestImage[]> =>
  await Promise.all(
    Array.from({ length: count }, (_, index) => imageOf([shared, [{ name: 'app/main.js', content: `${index}` }]])),
  );

test("rejects an image that wasn't pushed", async () => {
  const engine = await testEngine([]);
  await expect(engine.get(await imageOf([]))).rejects.toMatchObject({ code: 'IMAGE_INVALID' });
  expect(engine.loads).toEqual([]);
});

test("reports the engine's reason for rejecting an image, and retries the next time", async () => {
  const [image] = (await versions(1)) as [TestImage];
  const engine = await testEngine([image], () => false);
  await expect(engine.get(image)).rejects.toThrow(/rejects sha256:.*: open layer.tar: no such file/);
  await expect(engine.get(image)).rejects.toThrow(/rejects/);
  expect(engine.loads).toHaveLength(2);
});

test('loads each image once, and of the next one only the missing layers', async () => {
  const [first, second] = (await versions(2)) as [TestImage, TestImage];
  const engine = await testEngine([first, second]);
  await Promise.all([engine.get(first), engine.get(first)]);
  await engine.get(second);
  const config = (image: TestImage) => ['manifest.json', `${hexOf(image.imageId)}.json`];
  expect(engine.loads).toEqual([
    [...config(first), ...layersOf(first)],
    [...config(second), ...layersOf(second).slice(1)],
  ]);
});

test('loads all layers into an engine that requires them', async () => {
  const [first, second] = (await versions(2)) as [TestImage, TestImage];
  const engine = await testEngine([first, second], (names) => names.length === 4);
  await engine.get(first);
  await engine.get(second);
  expect(engine.loads.map(({ length }) => length)).toEqual([4, 3, 4]);
});

test('keeps the last used images in the engine until all are removed', async () => {
  const images = await versions(7);
  const engine = await testEngine(images);
  for (const image of images) await engine.get(image);
  const path = (image: TestImage) => `/images/tozo-sandbox/test:${hexOf(image.imageId)}?`;
  expect(engine.removed).toEqual([path(images[0]!)]);
  await engine.loaded.remove();
  expect(engine.removed.slice(1).map((url) => url.replace('force=true', ''))).toEqual(images.slice(1).map(path));
});
