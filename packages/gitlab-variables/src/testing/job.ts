import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeGitlab, sentinel } from './fake-gitlab.ts';

/** The value in the environment of the variable with `fromEnv`. */
export const secret = 'correct.horse.battery';

export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'gitlab-variables-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Creates a temporary directory with a variables.json that declares two variables. */
export async function directoryWithVariables(more: object = {}) {
  const directory = await temporaryDirectory();
  const variables = [
    { key: 'HEROKU_API_KEY', fromEnv: 'KEY', masked: true, protected: true, environmentScope: 'production/*' },
    { key: 'HEROKU_APP', value: 'shop' },
  ];
  await writeFile(join(directory.path, 'variables.json'), JSON.stringify({ variables, ...more }));
  return directory;
}

/** Returns the environment of a CI job that can change the project's variables. */
export const inJob = (gitlab: FakeGitlab): Record<string, string> => ({
  GITLAB_TOKEN: sentinel,
  CI_PROJECT_ID: '7',
  CI_SERVER_URL: gitlab.url,
  KEY: secret,
});
