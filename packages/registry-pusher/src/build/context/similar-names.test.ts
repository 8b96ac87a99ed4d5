import { expect, test } from 'vitest';
import { similarNames } from './similar-names.ts';

test.each([
  ['processess', ['process', 'processes'], ['processes']],
  ['mian.js', ['main.ts', 'man.js', 'main.js'], ['man.js']],
  ['README.MD', ['readme.md', 'README.txt'], ['readme.md']],
  ['package.jsn', ['packages.json', 'package.json', 'lib'], ['package.json', 'packages.json']],
  ['dist', ['test', 'dust', 'dist2'], ['dust', 'dist2']],
  ['app', [], []],
])('%s among %j', (name, known, expected) => {
  expect(similarNames(name, known)).toEqual(expected);
});
