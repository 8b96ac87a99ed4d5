import { expect, test } from 'vitest';
import { environmentSecrets, isDistinctive } from './known-secrets.ts';

test.each([
  'true',
  'production',
  'development',
  'information',
  '8080',
  '1234567890',
  'eu-central-1',
  '10.200.30.40',
  'shop.example.com',
  'http://localhost:3000',
  'admin@example.com',
  '2026-11-30',
  'LOG_LEVEL_DEBUG',
  '--------------------',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
])('%s occurs in any bundle by chance (fault 121, deploy)', (value) => {
  expect(isDistinctive(value)).toBe(false);
});

test.each([
  'HRKU-01234567-89ab-cdef-0123-456789abcdef',
  'glpat-aBcDeFgHiJkLmNoPqRsT',
  'npm_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5',
  'correct horse battery staple',
  'postgres://shop:s3cr3t@db.example.com/shop',
  'k3jh4k5jh3k4',
  'hunter2hunter2',
  'dGhpcyBpcyBhIHNlY3JldA==',
  '0123456789abcdef',
])('%s is searched for', (value) => {
  expect(isDistinctive(value)).toBe(true);
});

test('credentials of the job are known secrets, unless they are declared as not secret', () => {
  const env = { HEROKU_API_KEY: 'HRKU-1', GITLAB_TOKEN: 'glpat-1', CI_JOB_TOKEN: '', LOG_LEVEL: 'info' };
  const names = (declaredPublic?: string[]) => environmentSecrets(env, declaredPublic).map(({ variable }) => variable);
  expect(names()).toEqual(['HEROKU_API_KEY', 'GITLAB_TOKEN']);
  expect(names(['GITLAB_TOKEN', 'HEROKU_API_KEY'])).toEqual(['HEROKU_API_KEY']);
});
