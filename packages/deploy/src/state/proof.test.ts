import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HerokuClient, HerokuError, type Release, shortImageId } from '@tozo/heroku-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Promotion } from '../config/promotion.ts';
import { memoryLabels } from '../testing/memory-labels.ts';
import { recordOf } from '../testing/records.ts';
import { findProof, readProof } from './proof.ts';
import type { DeployRecord } from './records/record.ts';

beforeEach(async () => vi.stubEnv('XDG_STATE_HOME', await mkdtemp(join(tmpdir(), 'tozo-proof-'))));
afterEach(() => vi.unstubAllEnvs());

const promotion: Promotion = { environment: 'staging', app: 'shop', within: '24h' };
const day = 86_400_000;
const verified = Date.parse(recordOf(1).at);

function releaseOf(version: number, description: string, current = false): Release {
  const release: Partial<Release> = {
    id: `id-${version}`,
    version,
    description,
    current,
    status: 'succeeded',
    user: 'ben',
  };
  return release as Release;
}

function deployed({ images, release }: DeployRecord, current = false): Release {
  const list = Object.entries(images).map(([type, imageId]) => `${type} (${shortImageId(imageId)})`);
  return releaseOf(release, `Deployed ${list.join(', ')}`, current);
}

const two = recordOf(4, {
  images: { ...recordOf(4).images, worker: recordOf(5).images.web! },
  processes: { web: {}, worker: {} },
});

test.each<[string, readonly DeployRecord[], readonly Release[], number, DeployRecord | RegExp]>([
  ['the recorded release runs', [recordOf(4)], [deployed(recordOf(4), true)], 0, recordOf(4)],
  [
    'a later release changed config vars only',
    [recordOf(4)],
    [releaseOf(5, 'Set LEVEL config vars', true), deployed(recordOf(4))],
    0,
    recordOf(4),
  ],
  [
    'it went back to an earlier recorded release',
    [recordOf(5), recordOf(4)],
    [releaseOf(6, 'Rollback to v4', true), deployed(recordOf(5)), deployed(recordOf(4))],
    0,
    recordOf(4),
  ],
  [
    'the description names no image, and the release is the recorded one',
    [recordOf(4)],
    [releaseOf(4, 'Deployed', true)],
    0,
    recordOf(4),
  ],
  ['at the last moment', [recordOf(4)], [deployed(recordOf(4), true)], day, recordOf(4)],
  ['several process types', [two], [deployed(two, true)], 0, two],
  [
    'a process type could not be removed',
    [{ ...two, processes: { web: {} } }],
    [deployed(recordOf(4), true)],
    0,
    { ...two, processes: { web: {} } },
  ],

  [
    'nothing is recorded',
    [],
    [deployed(recordOf(4), true)],
    0,
    /^no record of a successful deploy to staging \(shop\)/,
  ],
  [
    'only failures are recorded',
    [recordOf(4, { result: 'failed' }), recordOf(3, { result: 'rolled-back' })],
    [deployed(recordOf(4), true)],
    0,
    /^no record of a successful deploy/,
  ],
  ['nothing runs', [recordOf(4)], [deployed(recordOf(4))], 0, /^staging \(shop\) runs no release/],
  [
    'someone else released other images',
    [recordOf(4)],
    [deployed(recordOf(5), true), deployed(recordOf(4))],
    0,
    /^staging runs v5 \("Deployed web \(\w{12}\)" by ben\), and no deploy of these images was recorded/,
  ],
  [
    'the images that run failed',
    [recordOf(5, { result: 'failed' }), recordOf(4)],
    [deployed(recordOf(5), true), deployed(recordOf(4))],
    0,
    /^staging runs v5 /,
  ],
  [
    'someone else released one of the process types',
    [two],
    [releaseOf(5, `Deployed worker (${shortImageId(two.images['worker']!)})`, true), deployed(two)],
    0,
    /^staging runs v5 /,
  ],
  [
    'someone else added a process type with another image',
    [recordOf(4)],
    [deployed({ ...two, release: 5 }, true), deployed(recordOf(4))],
    0,
    /^staging runs v5 /,
  ],
  [
    'the description names no image of another release',
    [recordOf(4)],
    [releaseOf(5, 'Promote shop v3 abc', true), deployed(recordOf(4))],
    0,
    /^staging runs v5 /,
  ],
  [
    'that was too long ago',
    [recordOf(4)],
    [deployed(recordOf(4), true)],
    3 * day,
    /^staging verified these images 3 days ago \(v4\), and deploy\.json accepts 24h$/,
  ],
])('%s', (_, records, releases, age, expected) => {
  const found = findProof(promotion, records, releases, verified + age);
  if (expected instanceof RegExp) expect(found).toMatch(expected);
  else expect(found).toEqual(expected);
});

test('without a limit, any age counts', () => {
  const { within: _, ...always } = promotion;
  expect(findProof(always, [recordOf(4)], [deployed(recordOf(4), true)], verified + 900 * day)).toEqual(recordOf(4));
});

test.each([
  ['NOT_FOUND', 'NOT_PROVEN', /the app shop of staging doesn't exist\. Create it and deploy there first/],
  ['FORBIDDEN', 'NOT_PROVEN', /this HEROKU_API_KEY has no access to shop, the app of staging\. .* access to both apps/],
  ['UNAUTHORIZED', 'UNAUTHORIZED', /^GET url$/],
] as const)('%s for the other app is an error that says what to do', async (code, expected, message) => {
  const heroku = {
    releases: {
      list() {
        throw new HerokuError(code, 'GET url');
      },
    },
  } as unknown as HerokuClient;
  const options = { heroku, publisher: memoryLabels(), target: 'heroku', types: ['web'] };
  await expect(readProof(promotion, options)).rejects.toMatchObject({
    code: expected,
    message: expect.stringMatching(message) as string,
  });
});
