import { PassThrough, Readable } from 'node:stream';
import { expect, test, vi } from 'vitest';
import { readCommandLine } from './run-command.ts';

async function read(...argv: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const act = vi.fn(() => Promise.resolve(75));
  const onCrash = vi.fn();
  const process = { cwd: '/', env: {}, stdin: Readable.from([]), stdout, stderr, onCrash };
  const code = await readCommandLine(argv, process, act);
  const text = [stdout, stderr].map((stream) => (stream.read() as Buffer | null)?.toString() ?? '').join('');
  return { code, text, acted: act.mock.calls.length, handlesCrashes: onCrash.mock.calls.length };
}

test.each([
  [['--help'], 0, /^Usage: tozo/],
  [['ci', 'deploy', '--help'], 0, /^Usage: tozo ci deploy/],
  [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
  [['deploy', '--foo'], 2, /unknown option '--foo'/],
  [['deply'], 2, /unknown command 'deply'/],
])('tozo %j needs none of the commands', async (argv, code, text) => {
  expect(await read(...argv)).toEqual({ code, text: expect.stringMatching(text), acted: 0, handlesCrashes: 0 });
});

test.each([[['deploy', '--sandbox']], [['ci', 'deploy']], [['sandbox', 'status']]])(
  'tozo %j ends as the command does that runs elsewhere',
  async (argv) => {
    expect(await read(...argv)).toEqual({ code: 75, text: '', acted: 1, handlesCrashes: 0 });
  },
);
