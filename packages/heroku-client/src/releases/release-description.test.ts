import { expect, it } from 'vitest';
import { imageId } from '../testing/fake-heroku.ts';
import { parseReleaseDescription, type ReleaseDescription, shortImageId } from './release-description.ts';

it.each<[string, ReleaseDescription]>([
  ['Deployed web (142013fe2b5c)', { kind: 'deploy', imageIds: ['142013fe2b5c'] }],
  [
    'Deployed web (142013fe2b5c), worker (ffffffffffff)',
    { kind: 'deploy', imageIds: ['142013fe2b5c', 'ffffffffffff'] },
  ],
  ['Released 142013fe2b5c', { kind: 'deploy', imageIds: ['142013fe2b5c'] }],
  ['Deployed web', { kind: 'deploy', imageIds: [] }],
  ['Deploy de63889', { kind: 'deploy', imageIds: [] }],
  ['Rollback to v41', { kind: 'rollback', version: 41 }],
  ['Rolled back to v4', { kind: 'rollback', version: 4 }],
  ['Rollback', { kind: 'rollback', version: undefined }],
  ['Promote shop-staging v12 de63889', { kind: 'promotion' }],
  ['Set LOG_LEVEL, PORT config vars', { kind: 'change', configVars: ['LOG_LEVEL', 'PORT'] }],
  ['Remove OLD config vars', { kind: 'change', configVars: ['OLD'] }],
  ['Set A, Remove B config vars', { kind: 'change', configVars: ['A', 'B'] }],
  ['Set ROLLBACK, REMOVE config vars', { kind: 'change', configVars: ['ROLLBACK', 'REMOVE'] }],
  ['Update config vars', { kind: 'change', configVars: [] }],
  ['Config add AWS_S3_KEY', { kind: 'change', configVars: ['AWS_S3_KEY'] }],
  ['Attach DATABASE (@ref:postgresql-flat-1234)', { kind: 'change' }],
  ['Attach DATABASE (@ref:postgresql-flat-142013fe2b5c)', { kind: 'change' }],
  ['Enable Logplex', { kind: 'change' }],
  ['Initial release', { kind: 'change' }],
  ['v41 again', { kind: 'unknown' }],
  ['', { kind: 'unknown' }],
])('parses "%s"', (description, expected) => {
  expect(parseReleaseDescription(description)).toEqual(expected);
});

it('shortens an image ID to 12 hex digits', () => {
  expect(shortImageId(imageId)).toBe('142013fe2b5c');
});
