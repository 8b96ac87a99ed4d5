import { Secret } from '@tozo/heroku-client';
import { expect, test } from 'vitest';
import { connectServices } from './services.ts';

const apiKey = new Secret('HRKU-sentinel-7f3a9c');

test.each([
  { apiUrl: 'https://api.example.com' },
  { registryUrl: 'https://registry.example.com' },
  { registryUrl: 'https://registry.heroku.com.example.com' },
  { registryUrl: 'http://registry.heroku.com' },
])("doesn't send the key to $apiUrl$registryUrl (fault 91, deploy)", (addresses) => {
  expect(() => connectServices({ apiKey, ...addresses })).toThrow(expect.objectContaining({ code: 'HOST_REFUSED' }));
});

test.each(['http://127.0.0.1:5000', 'https://registry.heroku.com'])('accepts a registry at %s', async (registryUrl) => {
  await expect(connectServices({ apiKey, registryUrl }).close()).resolves.toBeUndefined();
});
