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
  ['To return to v9: tozo rollback v9.', 'To return to v9: npx tozo rollback v9.'],
  ['"tozo deploy", then tozo status', '"npx tozo deploy", then npx tozo status'],
  ['npx tozo deploy; npx --no tozo image-deps', 'npx tozo deploy; npx --no tozo image-deps'],
  ['the app tozo is up; @acme/tozo deploy; tozo deployed', 'the app tozo is up; @acme/tozo deploy; tozo deployed'],
])('a message shows commands as a shell finds them: %s', (text, expected) => {
  const stream = new PassThrough();
  createOutput(stream, createRedaction({}), { npm_config_user_agent: 'npm/10.8.2' }).write(text);
  expect(String(stream.read())).toBe(expected);
});
