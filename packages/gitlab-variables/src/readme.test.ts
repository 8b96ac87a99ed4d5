import { readFile } from 'node:fs/promises';
import { compileFunction } from 'node:vm';
import { expect, it } from 'vitest';
import { createProjectVariables, type ProjectVariablesOptions, syncVariables, variable } from './index.ts';
import { fakeGitlab, sentinel } from './testing/fake-gitlab.ts';
import { parseVariablesFile } from './declaration/variables-file.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

it('the README example works', async () => {
  const code = /```js\nimport [^\n]* from '@tozo\/gitlab-variables';\n(.*?)```/s.exec(readme)?.[1];
  const example = compileFunction(`return (async () => {${code}})();`, [
    'createProjectVariables',
    'syncVariables',
    'variable',
    'process',
    'console',
  ]) as (...names: unknown[]) => Promise<void>;

  await using gitlab = await fakeGitlab({ key: 'HEROKU_APP', value: 'old' });
  const create = (options: ProjectVariablesOptions) => createProjectVariables({ ...options, host: gitlab.url });
  const printed: string[] = [];
  const env = { GITLAB_TOKEN: sentinel, HEROKU_API_KEY: 'HRKU-01234567' };
  await example(create, syncVariables, variable, { env }, { log: (text: string) => printed.push(text) });
  expect(printed).toEqual(['create HEROKU_API_KEY: done', 'update HEROKU_APP: done']);
  expect(gitlab.rows.map(({ value }) => value)).toEqual(['shop', 'HRKU-01234567']);
});

it('the README file is valid', () => {
  const file = /```json\n(.*?)```/s.exec(readme)?.[1];
  expect(parseVariablesFile(file ?? '', 'README.md').variables.map(({ key }) => key)).toEqual([
    'HEROKU_API_KEY',
    'HEROKU_APP',
  ]);
});
