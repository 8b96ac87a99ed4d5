import { expect, it } from 'vitest';
import { parseCommandLine } from './command-line.ts';

it.each([
  [[], 'Missing command: use plan, sync, check or pull. See gitlab-variables --help.'],
  [['push'], 'Unknown command "push": use plan, sync, check or pull.'],
  [['check', 'sync'], 'Unexpected argument "sync": pass one command.'],
  [['sync', '--force'], "Unknown option '--force'. See gitlab-variables --help."],
  [['sync', '--file'], "Option '--file <value>' argument missing. See gitlab-variables --help."],
  [['sync', '--file'], "Option '--file <value>' argument missing"],
  [['check', '--prune'], 'apply only to plan and sync: drop them.'],
  [['pull', '--allow-weaker'], 'apply only to plan and sync'],
  [['check', '--overwrite-hidden'], 'apply only to plan and sync'],
  [['sync', '--value', 'secret'], "Unknown option '--value'"],
])('rejects %j', (argv, message) => {
  expect(() => parseCommandLine(argv)).toThrow(message);
});

it('accepts options anywhere and fills in defaults', () => {
  const defaults = { envFiles: [], prune: false, overwriteHidden: false, allowWeaker: false, json: false };
  expect(parseCommandLine(['check'])).toEqual({ command: 'check', file: 'variables.json', ...defaults });
  expect(
    parseCommandLine([
      '--json',
      'sync',
      '--file',
      'a.json',
      '--project=7',
      '--host',
      'https://a',
      '--prune',
      '--env-file',
      '.env',
      '--env-file=-',
    ]),
  ).toEqual({
    ...defaults,
    command: 'sync',
    file: 'a.json',
    project: '7',
    host: 'https://a',
    envFiles: ['.env', '-'],
    prune: true,
    json: true,
  });
  expect(parseCommandLine(['sync', '-h']).command).toBe('help');
});
