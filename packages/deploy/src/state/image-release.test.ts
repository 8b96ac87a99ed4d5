import type { Release } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { releaseOf } from '../testing/observed.ts';
import { type Removal, typesRunBy } from './image-release.ts';

const history = [
  'Deployed web (142013fe2b5c), release (6f1a03b2c4d5)',
  'Deployed web (ffffffffffff)', // removed release
  'Set A config vars',
];
const removals: readonly Removal[] = [{ release: 2, types: ['release'] }];

test.each<[string, readonly string[], readonly string[]]>([
  ['a removed type is gone', [], ['web']],
  ['it stays gone when something else is released', ['Deployed web (aaaaaaaaaaaa)'], ['web']],
  ['a rollback to before its removal brings it back', ['Rollback to v1'], ['release', 'web']],
  ['also for what is released on top', ['Rollback to v1', 'Deployed web (aaaaaaaaaaaa)'], ['release', 'web']],
  ['a rollback to after its removal leaves it gone', ['Rollback to v1', 'Rollback to v3'], ['web']],
  ['a new deploy of it brings it back', ['Deployed release (aaaaaaaaaaaa)'], ['release', 'web']],
])('of the process types that run: %s', (_, later, expected) => {
  const releases = [...history, ...later]
    .map((description, index) => releaseOf(index + 1, { description }))
    .toReversed();
  expect([...typesRunBy(releases, releases[0] as Release, removals)!].sort()).toEqual(expected);
});
