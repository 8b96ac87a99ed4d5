import { blobOf, type Digest, digestOf, type Image, type Layer } from '@tozo/registry-pusher';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import type { BuiltImages } from '../ports.ts';
import type { PlannedImage } from './plan.ts';
import { planPush } from './plan-push.ts';

const stored = (name: string, repository: string, registry = 'registry.heroku.com'): Layer => ({
  kind: 'stored',
  diffId: digestOf(name),
  descriptor: { mediaType: 'layer', digest: digestOf(name), size: 100 },
  from: { registry, repository },
});
const blob: Layer = { kind: 'blob', diffId: digestOf('blob'), blob: blobOf('layer', Buffer.alloc(10)) };
const tar: Layer = { kind: 'tar', diffId: digestOf('tar'), tar: () => Readable.from([]) };

function push(layers: readonly Layer[], pushed: readonly string[] = [], earlier?: ReadonlySet<Digest>) {
  const image = { layers, configBytes: Buffer.alloc(1000) } as unknown as Image;
  const built = { images: { web: image, worker: image }, layers: [{ diffId: digestOf('tar'), size: 7 }] };
  const planned = ['web', 'worker'].map((type) => ({ type, pushed: pushed.includes(type) }) as PlannedImage);
  return planPush('shop', built as unknown as BuiltImages, planned, earlier);
}

const [base, old] = [stored('base', 'library/node', 'docker.io'), stored('old', 'shop/web')];

test('counts like the push: the first image sends layers, the second reuses them, and each sends its config', () => {
  expect(push([base, old, blob, tar])).toEqual({
    sentLayers: 3,
    sentBytes: 117 + 2 * 1000,
    reusedLayers: 1,
    reusedBytes: 100 + 217,
  });
});

test('reuses what an earlier deploy stored, wherever the build takes it from', () => {
  expect(push([base, old, blob], [], new Set([digestOf('base')]))).toMatchObject({ sentLayers: 1, reusedLayers: 2 });
});

test("tells layers of another app's repository, which the registry may mount, from another registry's of the same name", () => {
  const layers = [stored('a', 'shop-staging/web'), stored('b', 'shop/web', 'docker.io')];
  expect(push(layers)).toEqual({
    sentLayers: 1,
    sentBytes: 100 + 2 * 1000,
    reusedLayers: 0,
    reusedBytes: 200,
    mountable: { layers: 1, bytes: 100 },
  });
});

test('sends nothing that the registry has under the tag already', () => {
  expect(push([blob], ['web', 'worker'])).toEqual({ sentLayers: 0, sentBytes: 0, reusedLayers: 0, reusedBytes: 0 });
  expect(push([blob], ['web'])).toMatchObject({ sentLayers: 1, sentBytes: 1010, reusedBytes: 0 });
});
