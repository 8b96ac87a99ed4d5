import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseVariablesFile } from './declaration/variables-file.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

it('the README file is valid', () => {
  const file = /```json\n(.*?)```/s.exec(readme)?.[1];
  expect(parseVariablesFile(file ?? '', 'README.md').variables.map(({ key }) => key)).toEqual([
    'HEROKU_API_KEY',
    'HEROKU_APP',
  ]);
});
