import { digestOf, RegistryPusherError, type RegistryPusherErrorCode } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import type { ImagePublisher, PublishedImage } from '../ports.ts';
import { readPreviousImages } from './previous-images.ts';

const config = parseConfig('{"processes": {"worker": {"command": ["node", "worker.js"]}, "web": {}}}');

function read(images: Readonly<Record<string, PublishedImage | RegistryPusherErrorCode>>) {
  const publisher = {
    async readLatest(repository: string) {
      const image = images[repository];
      if (typeof image === 'string') throw new RegistryPusherError(image, `GET ${repository}: ${image}`);
      return image;
    },
  } as Partial<ImagePublisher> as ImagePublisher;
  return readPreviousImages(publisher, 'shop', config, {});
}

const published = (type: string): PublishedImage =>
  ({
    imageId: digestOf(type),
    manifestDigest: digestOf(`${type} manifest`),
    manifest: { layers: ['base', type].map((layer) => ({ digest: digestOf(layer) })) },
  }) as unknown as PublishedImage;
const [web, worker] = [published('web'), published('worker')];

test('prefers the image of a process type without its own command', async () => {
  expect(await read({ 'shop/web': web, 'shop/worker': worker })).toEqual({
    imageIds: { web: web.imageId, worker: worker.imageId },
    manifests: { web: web.manifestDigest, worker: worker.manifestDigest },
    layers: new Set(['base', 'web', 'worker'].map((layer) => digestOf(layer))),
    reusable: web,
    unknowns: [],
  });
});

test.each([
  'REGISTRY_PROTOCOL',
  'REGISTRY_UNREACHABLE',
  'DIGEST_MISMATCH',
  'MANIFEST_INVALID',
  'REGISTRY_RATE_LIMITED',
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_DENIED',
  'HOST_REFUSED',
  'PLATFORM_MISSING',
  'MEDIA_TYPE_REFUSED',
  'CONFIG_INVALID',
] as const)("does without an image that can't be read: %s (faults 132, 133, deploy)", async (code) => {
  expect(await read({ 'shop/web': code, 'shop/worker': worker })).toEqual({
    imageIds: { worker: worker.imageId },
    manifests: { worker: worker.manifestDigest },
    layers: new Set(['base', 'worker'].map((layer) => digestOf(layer))),
    reusable: worker,
    unknowns: [expect.stringContaining(`The last image of web couldn't be read`)],
  });
});

test('stops when the deploy is canceled', async () => {
  await expect(read({ 'shop/web': 'ABORTED' })).rejects.toMatchObject({ code: 'ABORTED' });
});
