import { expect, test } from 'vitest';
import type { RunConfig } from '../image/config.ts';
import { diffConfigs } from './diff-configs.ts';

const withConfig = (config: RunConfig) => ({
  architecture: 'amd64',
  os: 'linux',
  config,
  rootfs: { type: 'layers' as const, diff_ids: [] },
});

test('compares variables, labels and sets by entry, and other fields as a whole', () => {
  const a = { Env: ['A=1', 'B=x=y'], Labels: { team: 'shop' }, Cmd: ['a'], User: '', ExposedPorts: { '80/tcp': {} } };
  const b = { Env: ['B=x=z', 'A=1', 'C='], Cmd: ['b'], ExposedPorts: { '80/tcp': {} }, Volumes: { '/data': {} } };
  expect(diffConfigs(withConfig(a), withConfig(b))).toEqual([
    { field: 'Cmd', before: ['a'], after: ['b'] },
    { field: 'Env B', before: 'x=y', after: 'x=z' },
    { field: 'Env C', after: '' },
    { field: 'Labels team', before: 'shop' },
    { field: 'Volumes /data', after: {} },
  ]);
});

test('treats null, empty and missing fields as equal', () => {
  const b = { Entrypoint: null, Cmd: [], OnBuild: null, ArgsEscaped: false, User: '' };
  expect(diffConfigs(withConfig({}), withConfig(b))).toEqual([]);
});
