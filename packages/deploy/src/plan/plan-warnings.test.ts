import { digestOf, type Image, imageOf, type Layer } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import type { BuildOutline } from '../ports.ts';
import type { DeployRecord } from '../state/records/record.ts';
import { planWarnings, warnOfEarlierEnd } from './plan-warnings.ts';

const outline: BuildOutline = { builder: 'direct', reason: '', warnings: [], declaresSourceDigest: true };

function imageWith(config: Record<string, unknown>, layerCount = 1): Image {
  const layers = Array.from({ length: layerCount }, (_, index): Layer => {
    const diffId = digestOf(String(index));
    const descriptor = { mediaType: 'layer', digest: diffId, size: 1 };
    return { kind: 'stored', diffId, descriptor, from: { registry: 'docker.io', repository: 'library/node' } };
  });
  const rootfs = { type: 'layers' as const, diff_ids: layers.map(({ diffId }) => diffId) };
  return imageOf({ architecture: 'amd64', os: 'linux', config, rootfs }, layers);
}

function warnings(image: Image): string[] {
  return planWarnings(parseConfig('{"processes": {"web": {}}}'), outline, { web: image });
}

test.each([
  ['HEALTHCHECK', { Healthcheck: { Test: ['CMD', 'true'] } }, /"health" in deploy.json/],
  ['VOLUME', { Volumes: { '/data': {} } }, /lost when it restarts/],
  ['EXPOSE', { ExposedPorts: { '8080/tcp': {} } }, /listen on \$PORT/],
  ['STOPSIGNAL', { StopSignal: 'SIGQUIT' }, /SIGTERM/],
  ['SHELL', { Shell: ['/bin/bash', '-c'] }, /\/bin\/sh/],
])('warns that Heroku ignores %s', (instruction, config, advice) => {
  expect(warnings(imageWith(config))).toEqual([expect.stringMatching(advice)]);
  expect(warnings(imageWith(config))[0]).toContain(`Heroku ignores ${instruction} of the image.`);
});

test('names everything that Heroku ignores in one warning, and nothing that is empty', () => {
  const config = { ExposedPorts: { '80/tcp': {} }, Volumes: {}, StopSignal: 'SIGQUIT', Shell: null };
  expect(warnings(imageWith(config))).toEqual([expect.stringContaining('Heroku ignores EXPOSE, STOPSIGNAL of')]);
  expect(warnings(imageWith({ Env: ['A=1'], Volumes: {}, StopSignal: '' }))).toEqual([]);
});

test.each([
  ['{"web": {}, "release": {}}', 1],
  ['{"web": {}, "release": {"command": ["node", "migrate.js"]}}', 0],
  ['{"web": {"command": ["node", "server.js"]}, "release": {}}', 0],
])('warns of a release phase that runs what web runs: %s', (processes, count) => {
  const found = planWarnings(parseConfig(`{"processes": ${processes}}`), outline);
  expect(found).toEqual(
    Array(count).fill(expect.stringContaining("runs the image's own command, which web runs, too")),
  );
});

test('warns of more than 30 layers', () => {
  expect(warnings(imageWith({}, 30))).toEqual([]);
  expect(warnings(imageWith({}, 31))).toEqual([expect.stringContaining('The image has 31 layers.')]);
});

test('warns that the last deploy of the same images did not end well', () => {
  const imageId = digestOf('image');
  const images = [{ type: 'web', repository: 'shop/web', imageId, pushed: false }];
  const record = (release: number, result: DeployRecord['result'], image = imageId): DeployRecord =>
    ({ release, result, images: { web: image } }) as unknown as DeployRecord;
  const other = record(9, 'failed', digestOf('other'));
  expect(warnOfEarlierEnd(images, [other, record(7, 'rolled-back'), record(5, 'verified')])).toEqual([
    'v7 had the same images, and its deploy was rolled back.',
  ]);
  expect(warnOfEarlierEnd(images, [record(7, 'failed')])).toEqual(['v7 had the same images, and its deploy failed.']);
  expect(warnOfEarlierEnd(images, [record(8, 'verified'), record(7, 'rolled-back')])).toEqual([]);
  expect(warnOfEarlierEnd([{ type: 'web', repository: 'shop/web', pushed: false }], [record(7, 'failed')])).toEqual([]);
});
