import { expect, test } from 'vitest';
import { searchableSecrets, warnAboutShortSecrets } from './build-secrets.ts';

const valuesOf = (value: string) => searchableSecrets({ s: value }).map((secret) => secret.value);

test('a file is searched for as a whole, without the line break at its end, and by the tokens in it', () => {
  const npmrc = 'registry=https://registry.npmjs.org/\n//registry.npmjs.org/:_authToken=npm_0123456789abcdefghij\n';
  expect(valuesOf(npmrc)).toEqual([npmrc.trim(), 'npm_0123456789abcdefghij']);
});

test('the lines of a private key in JSON are searched for, although JSON writes their ends as \\n', () => {
  const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7';
  const json = JSON.stringify({ type: 'service_account', key: `-----BEGIN PRIVATE KEY-----\n${line}\n${line}x\n` });
  expect(valuesOf(json)).toEqual([json, line, `${line}x`]);
});

test.each([
  ['a short value', 'short'],
  ['nothing', ' \n'],
  ['certificates', '-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBg\n-----END CERTIFICATE-----\n'],
])('%s isn’t searched for', (_, value) => {
  expect(valuesOf(value)).toEqual([]);
});

test('a certificate with its private key is searched for', () => {
  const pair = '-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMIIE\n';
  expect(valuesOf(pair)).toEqual([pair.trim()]);
});

test('the warning about a short secret names it without its value', () => {
  expect(warnAboutShortSecrets({ pin: '1234\n', token: '12345678', none: '' })).toEqual([
    "The build secret pin is shorter than 8 characters: layers of RUN aren't searched for it.",
  ]);
});
