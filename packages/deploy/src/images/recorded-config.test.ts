import { digestOf } from '@tozo/registry-pusher';
import { expect, test } from 'vitest';
import { parseConfig } from '../config/load-config.ts';
import { recordedHealthSchema } from '../config/schema.ts';
import { recordOf } from '../testing/records.ts';
import { recordedConfig } from './recorded-config.ts';

const config = parseConfig(
  JSON.stringify({
    rollback: 'never',
    configVars: { LEVEL: 'quiet' },
    processes: { web: { command: ['new'], health: { path: '/new', versionHeader: 'x-new' } }, clock: { dynos: 2 } },
  }),
);
// The clock wasn't deployed: an earlier one couldn't be removed.
const images = {
  web: digestOf('web'),
  worker: digestOf('worker'),
  release: digestOf('release'),
  clock: digestOf('clock'),
};
const health = recordedHealthSchema.parse({ path: '/old', versionHeader: 'x-old' });
const record = recordOf(4, { images, health, processes: { web: {}, worker: { dynos: 3 }, release: {} } });

test('a recorded version keeps its process types, counts and health check; the rest is deploy.json’s', () => {
  const proven = { ...record, versionHeader: 'x-old', marker: digestOf('source') };
  expect(recordedConfig(config, proven)).toEqual({
    ...config,
    processes: { web: { health }, worker: { dynos: 3 }, release: {} },
  });
});

test('a version that could not be proven then isn’t expected to prove itself', () => {
  const { versionHeader: _, ...unproven } = health;
  expect(recordedConfig(config, record).processes.web).toEqual({ health: unproven });
});
