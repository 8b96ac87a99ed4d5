import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { commandName } from './command-name.ts';
import { createOutput } from './output.ts';
import { createRedaction } from './redaction.ts';

test.each([
  [undefined, 'tozo'],
  ['npm/10.8.2 node/v20.19.0 linux x64', 'npx tozo'],
  ['pnpm/9.1.0 npm/? node/v20.19.0', 'pnpm exec tozo'],
  ['yarn/4.2.2 npm/? node/v20.19.0', 'yarn tozo'],
  ['of something else', 'tozo'],
])('started by %s, a shell finds it as %s', (agent, name) => {
  expect(commandName(agent === undefined ? {} : { npm_config_user_agent: agent })).toBe(name);
});

test.each([
  ['npm/10.8.2', '/home/me/.npm/_npx/1f2e/node_modules/.bin/tozo', 'npx @tozo/cli'],
  ['pnpm/9.1.0', '/home/me/.cache/pnpm/dlx/4af1/pkg/node_modules/.bin/tozo', 'pnpm dlx @tozo/cli'],
  ['yarn/4.2.2', '/tmp/xfs-1/dlx-811/node_modules/.bin/tozo', 'yarn dlx @tozo/cli'],
  ['npm/10.8.2', '/work/shop/node_modules/.bin/tozo', 'npx tozo'],
])('a command that is not installed has the name of its package: %s, %s', (agent, program, name) => {
  expect(commandName({ npm_config_user_agent: agent }, program)).toBe(name);
});

test.each([
  ['To return to v9: tozo rollback v9.', 'To return to v9: npx tozo rollback v9.'],
  ['"tozo deploy", then tozo status', '"npx tozo deploy", then npx tozo status'],
  ['npx tozo deploy; npx --no tozo image-deps', 'npx tozo deploy; npx --no tozo image-deps'],
  ['yarn --silent run tozo image-deps', 'yarn --silent run tozo image-deps'],
  ['Then run tozo doctor', 'Then run npx tozo doctor'],
  ['the app tozo is up; @acme/tozo deploy; tozo deployed', 'the app tozo is up; @acme/tozo deploy; tozo deployed'],
])('a message shows commands as a shell finds them: %s', (text, expected) => {
  const stream = new PassThrough();
  createOutput(stream, createRedaction({}), { npm_config_user_agent: 'npm/10.8.2' }).write(text);
  expect(String(stream.read())).toBe(expected);
});

test('what a file has is printed to the letter', () => {
  const stream = new PassThrough();
  const output = createOutput(stream, createRedaction({}), { npm_config_user_agent: 'npm/10.8.2' });
  output.write('run tozo deploy: ', { quoted: '"deploy": "tozo image-deps && tozo deploy"' });
  expect(String(stream.read())).toBe('run npx tozo deploy: "deploy": "tozo image-deps && tozo deploy"');
});
