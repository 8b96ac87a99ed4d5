import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';
import { parseConfig } from './load-config.ts';
import { promotionBetween, requiredPromotion } from './promotion.ts';
import { selectEnvironment } from './select-environment.ts';

const config = parseConfig(
  JSON.stringify({
    processes: { web: {} },
    environments: {
      review: { app: 'shop-review' },
      staging: { app: 'shop-staging' },
      production: { app: 'shop-live', after: { environment: 'staging', within: '24h' } },
    },
  }),
);
const fromStaging = { environment: 'staging', app: 'shop-staging', within: '24h' };

test('an environment with "after" is promoted to from there only', () => {
  expect(promotionBetween(config, 'staging', 'production')).toEqual(fromStaging);
  expect(promotionBetween(config, 'review', 'staging')).toEqual({ environment: 'review', app: 'shop-review' });
  expect(() => promotionBetween(config, 'review', 'production')).toThrow(
    'deploy.json says that production comes after staging, not after review. Use: tozo promote staging production.',
  );
});

test.each([
  ['stagin', 'production', 'deploy.json has no environment "stagin". Did you mean staging?'],
  ['staging', 'live', 'deploy.json has no environment "live".'],
  ['staging', 'staging', "staging can't be promoted to itself"],
  ['constructor', 'production', 'deploy.json has no environment "constructor".'],
])('refuses a promotion from %s to %s by name', (from, to, message) => {
  expect(() => promotionBetween(config, from, to)).toThrow(message);
});

test('what an environment requires is known from its name', () => {
  expect(requiredPromotion(selectEnvironment(config, 'production', 'heroku'), 'production')).toEqual(fromStaging);
  for (const name of ['staging', 'constructor', undefined]) expect(requiredPromotion(config, name)).toBeUndefined();
});

test.each([
  ['30m', 1_800_000, '30 min'],
  ['119m', 7_140_000, '119 min'],
  ['24h', 86_400_000, '24 h'],
  ['47h', 169_200_000, '47 h'],
  ['7d', 604_800_000, '7 days'],
])('%s is a duration', (text, ms, shown) => {
  expect([parseDuration(text), formatDuration(ms)]).toEqual([ms, shown]);
});
