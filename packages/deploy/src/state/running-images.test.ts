import { type ProcessType, type Release, shortImageId } from '@tozo/heroku-client';
import { type Digest, digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { runningImages } from './running-images.ts';

const oldImage = digestOf('old');
const newImage = digestOf('new');
const registry = { web: oldImage };
const known = { kind: 'known', images: { web: oldImage } };

const release = (version: number, description: string, more: Partial<Release> = {}): Release =>
  ({ id: `id-${version}`, version, description, status: 'succeeded', current: false, ...more }) as Release;
const deployed = (version: number, image: Digest, more: Partial<Release> = {}): Release =>
  release(version, `Deployed web (${shortImageId(image)})`, more);

test('are unknown when no release names an image', () => {
  expect(runningImages([release(1, 'Initial release', { current: true })], { registry }).kind).toBe('unknown');
});

test("are unknown when the registry doesn't have the image that the release names", () => {
  expect(runningImages([deployed(2, newImage, { current: true })], { registry })).toMatchObject({
    kind: 'unknown',
    reason: expect.stringContaining('v2'),
  });
});

test('are known when the release and the registry agree', () => {
  expect(runningImages([deployed(2, oldImage, { current: true })], { registry })).toEqual(known);
});

test('are those of the last successful release after a config change', () => {
  const releases = [
    release(4, 'Set LOG_LEVEL config vars', { current: true }),
    deployed(3, newImage, { status: 'failed' }),
    deployed(2, oldImage),
  ];
  expect(runningImages(releases, { registry })).toEqual(known);
});

test('are those of the release that a rollback names', () => {
  const releases = [release(4, 'Rollback to v2', { current: true }), deployed(3, newImage), deployed(2, oldImage)];
  expect(runningImages(releases, { registry })).toEqual(known);
});

test.each(['Deploy de63889', 'Promote shop-staging v12 de63889'])('are unknown after "%s"', (description) => {
  const releases = [release(3, description, { current: true }), deployed(2, oldImage)];
  expect(runningImages(releases, { registry }).kind).toBe('unknown');
});

test('are those of the current release when the newest one failed (fault 75, deploy)', () => {
  const releases = [deployed(3, newImage, { status: 'failed' }), deployed(2, oldImage, { current: true })];
  expect(runningImages(releases, { registry })).toEqual(known);
});

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
const formation = [{ type: 'web', dockerImage: { id: uuid } } as ProcessType];
const record = { images: { web: oldImage }, imageResources: { web: uuid } };

test('are known by the image resource that the record has, whatever the description says', () => {
  const sources = { registry: { web: newImage }, formation, record };
  expect(runningImages([release(2, 'Deployed web', { current: true })], sources)).toEqual(known);
});

test('are unknown when the formation names another image resource', () => {
  const other = { ...record, imageResources: { web: 'another' } };
  const sources = { registry: { web: newImage }, formation, record: other };
  expect(runningImages([release(2, 'Deployed web', { current: true })], sources).kind).toBe('unknown');
});

test("a formation after a failed release may show that release's images", () => {
  const releases = [release(3, 'Deployed web', { status: 'failed' }), release(2, 'Deployed web', { current: true })];
  expect(runningImages(releases, { registry, formation, record }).kind).toBe('unknown');
});

test("are known by the record's images when the registry has newer ones", () => {
  const sources = { registry: { web: newImage }, record: { images: { web: oldImage } } };
  expect(runningImages([deployed(2, oldImage, { current: true })], sources)).toEqual(known);
});
