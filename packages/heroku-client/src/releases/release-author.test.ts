import { expect, it } from 'vitest';
import { imageId } from '../testing/fake-heroku.ts';
import { type Authorship, madeByConfigVars, madeByImages, madeByRollback } from './release-author.ts';
import type { Release } from './release.ts';

const described = (description: string): Release => ({ description }) as Release;

it.each<[string, Authorship]>([
  ['Deployed web (142013fe2b5c)', 'ours'],
  ['Deployed web (ffffffffffff), worker (142013fe2b5c)', 'ours'],
  ['Deployed web (ffffffffffff)', 'foreign'],
  ['Set LOG_LEVEL config vars', 'foreign'],
  ['Remove OLD config vars', 'foreign'],
  ['Attach DATABASE (@ref:postgresql-flat-1234)', 'foreign'],
  ['Rollback to v41', 'foreign'],
  ['Deployed web', 'unclear'],
  ['', 'unclear'],
])('"%s" is %s for a release of an image', (description, expected) => {
  expect(madeByImages([imageId])(described(description))).toBe(expected);
});

it.each<[string, Authorship]>([
  ['Rollback to v41', 'ours'],
  ['Rolled back to v41', 'ours'],
  ['Rollback to v4', 'foreign'],
  ['Rollback to v410', 'foreign'],
  ['Deployed web (142013fe2b5c)', 'foreign'],
  ['Set LOG_LEVEL config vars', 'foreign'],
  ['v41 again', 'unclear'],
])('"%s" is %s for a rollback to v41', (description, expected) => {
  expect(madeByRollback(41)(described(description))).toBe(expected);
});

it.each<[string, Authorship]>([
  ['Set LOG_LEVEL config vars', 'ours'],
  ['Set LOG_LEVEL, Remove OLD config vars', 'ours'],
  ['Config add LOG_LEVEL', 'ours'],
  ['Set LOG_LEVEL, PORT config vars', 'foreign'],
  ['Set log_level config vars', 'foreign'],
  ['Attach DATABASE (@ref:postgresql-flat-1234)', 'foreign'],
  ['Deployed web (142013fe2b5c)', 'foreign'],
  ['Rollback to v41', 'foreign'],
  ['Update config vars', 'unclear'],
  ['', 'unclear'],
])('"%s" is %s for a change of LOG_LEVEL and OLD', (description, expected) => {
  expect(madeByConfigVars(['LOG_LEVEL', 'OLD'])(described(description))).toBe(expected);
});
