import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRedaction } from './redact.ts';

test('removes the credentials of settings, variables and addresses', async () => {
  const root = await mkdtemp(join(tmpdir(), 'image-deps-test-'));
  try {
    await writeFile(join(root, '.npmrc'), '//registry.example/:_authToken=npm_from_settings\n_auth="dXNlcjpwYXNz"\n');
    await writeFile(join(root, '.yarnrc.yml'), 'npmScopes:\n  acme:\n    npmAuthToken: "yarn_from_settings"\n');
    const redact = await createRedaction(root, { HOME: root, NPM_TOKEN: 'npm_from_variable' });
    const text =
      'npm_from_settings dXNlcjpwYXNz yarn_from_settings npm_from_variable https://me:secret@registry.example/x';
    expect(redact(text)).toBe(`${'[REDACTED] '.repeat(4)}https://[REDACTED]@registry.example/x`);
  } finally {
    await rm(root, { recursive: true });
  }
});
