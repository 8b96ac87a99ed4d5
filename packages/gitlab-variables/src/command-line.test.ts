import { expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

it.each([
  [[], 'Say check or sync. See gitlab-variables --help.'],
  [['push'], '"push" is no command: say check or sync.'],
  [['check', 'sync'], 'What is "sync"? Only one command is taken.'],
  [['sync', '--force'], "Unknown option '--force'"],
  [['sync', '--file'], "Option '--file <value>' argument missing"],
  [['check', '--prune'], 'belong to sync; check changes nothing.'],
  [['check', '--dry-run'], 'belong to sync'],
  [['check', '--overwrite-hidden'], 'belong to sync'],
])('%j is refused', (argv, message) => {
  expect(() => parseCommandLine(argv)).toThrow(message);
});

it('options may stand anywhere and have defaults', () => {
  const defaults = { dryRun: false, prune: false, overwriteHidden: false, json: false };
  expect(parseCommandLine(['check'])).toEqual({ command: 'check', file: 'variables.json', ...defaults });
  expect(
    parseCommandLine(['--json', 'sync', '--file', 'a.json', '--project=7', '--host', 'https://a', '--prune']),
  ).toEqual({
    ...defaults,
    command: 'sync',
    file: 'a.json',
    project: '7',
    host: 'https://a',
    prune: true,
    json: true,
  });
  expect(parseCommandLine(['sync', '-h']).command).toBe('help');
});
