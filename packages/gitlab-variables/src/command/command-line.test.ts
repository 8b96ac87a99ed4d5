import { expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

it.each([
  [[], 'Missing command: use check or sync. See gitlab-variables --help.'],
  [['push'], 'Unknown command "push": use check or sync.'],
  [['check', 'sync'], 'Unexpected argument "sync": pass one command, check or sync.'],
  [['sync', '--force'], "Unknown option '--force'. See gitlab-variables --help."],
  [['sync', '--file'], "Option '--file <value>' argument missing. See gitlab-variables --help."],
  [['sync', '--file'], "Option '--file <value>' argument missing"],
  [['check', '--prune'], 'apply only to sync: drop them, because check changes nothing.'],
  [['check', '--dry-run'], 'apply only to sync'],
  [['check', '--overwrite-hidden'], 'apply only to sync'],
])('rejects %j', (argv, message) => {
  expect(() => parseCommandLine(argv)).toThrow(message);
});

it('accepts options anywhere and fills in defaults', () => {
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
