import { expect, test } from 'vitest';
import { parseImageReference } from '../image/reference.ts';
import { formatRecord } from '../build/layer/layer-record.ts';
import { noFacts } from '../build/base/facts.ts';
import { digestOf } from '../image/digest.ts';
import { MemoryImages } from '../testing/memory-images.ts';
import { inspectImage } from './inspect-image.ts';

const reference = parseImageReference('hub.example/shop:1');

test('pairs layers with their instructions from the end and downloads no layers', async () => {
  const images = new MemoryImages();
  const comment = formatRecord({ sourceDigest: digestOf(''), facts: noFacts, files: 3, size: 46 });
  const { manifest, imageId, manifestDigest } = await images.putBase(
    'hub.example/shop:1',
    [{ a: '1' }, { b: '2' }, { c: '3' }],
    { Cmd: ['node', 'main.js'] },
    {
      created: '1970-01-01T00:00:00Z',
      history: [
        { created_by: 'ENV A=1', empty_layer: true },
        { created_by: 'RUN b' },
        { created_by: 'COPY c /', comment },
      ],
    },
  );
  const image = await inspectImage(images, reference);
  expect(image).toMatchObject({
    manifestDigest,
    imageId,
    platform: 'linux/amd64',
    created: '1970-01-01T00:00:00Z',
    config: { Cmd: ['node', 'main.js'] },
  });
  expect(image.layers.map(({ position, createdBy, content }) => [position, createdBy, content])).toEqual([
    [1, undefined, undefined],
    [2, 'RUN b', undefined],
    [3, 'COPY c /', { files: 3, size: 46 }],
  ]);
  expect(image.size).toBe([manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0));
  expect(images.blobsRead).toBe(0);
});

test('names a missing image', async () => {
  await expect(inspectImage(new MemoryImages(), reference)).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
});
