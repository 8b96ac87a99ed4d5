import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { temporaryDirectory } from '../testing/job.ts';
import { knownValues, readValues } from './read-values.ts';
import type { ValueSource } from './sources.ts';

const declare = (source: ValueSource, more: object = {}) => [{ key: 'A', environmentScope: '*', source, ...more }];
const node = (script: string): ValueSource => ({ fromCommand: [process.execPath, '-e', script] });

async function read(declared: ReturnType<typeof declare>, more: Partial<Parameters<typeof readValues>[1]> = {}) {
  const context = { env: {}, directory: '/', stdin: Readable.from([]), ...more };
  return (await readValues(declared, context)).map(({ value }) => value.reveal());
}

it('reads values from the file, the environment, another file, a command and stdin', async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await writeFile(join(path, 'key.pem'), '\ufeffline 1\nline 2 $x\n');
  expect(await read(declare({ value: '' }))).toEqual(['']);
  expect(await read(declare({ fromEnv: 'X' }), { env: { X: ' a\n' } })).toEqual([' a\n']);
  expect(await read(declare({ fromFile: 'key.pem' }), { directory: path })).toEqual(['\ufeffline 1\nline 2 $x']);
  const asFile = declare({ fromFile: 'key.pem' }, { type: 'file' });
  expect(await read(asFile, { directory: path })).toEqual(['\ufeffline 1\nline 2 $x\n']);
  expect(await read(declare({ fromStdin: true }), { stdin: Readable.from(['se', 'cret\r\n']) })).toEqual(['secret']);
  const prompts: string[] = [];
  const script =
    'console.error("password?"); console.log(process.env.X + require("fs").readFileSync("key.pem").length)';
  const onStderr = (text: string) => void prompts.push(text);
  expect(await read(declare(node(script)), { env: { X: 'x' }, directory: path, onStderr })).toEqual(['x20']);
  expect(prompts).toEqual(['password?\n']);
});

it('reports every unset environment variable', async () => {
  const declared = ['ONE', 'TWO', 'THREE'].flatMap((fromEnv) => declare({ fromEnv }));
  const error = await failureOf(read(declared, { env: { TWO: 'x', THREE: '' } }));
  expect(error).toMatchObject({ code: 'OPTIONS_INVALID' });
  expect(error.message).toBe(
    'Unset or empty in the environment: ONE, THREE. Set them to the values of the declared variables.',
  );
});

it.each([
  ['a missing file', { fromFile: 'none' }, "Can't read none, the value of A: ENOENT"],
  ['a directory', { fromFile: '.' }, "Can't read ., the value of A: it isn't a regular file."],
  ['a device', { fromFile: '/dev/zero' }, "it isn't a regular file"],
  ['an empty file', { fromFile: '/dev/null' }, "it isn't a regular file"],
  ['a missing program', { fromCommand: ['no-such-program'] }, "no-such-program, the value of A, couldn't be run"],
  ['a failing program', node('console.log("s3cret"); process.exit(7)'), 'the value of A, exits with 7. Nothing'],
  ['a silent program', node(''), 'The value of A is empty.'],
  ['a talkative program', node('process.stdout.write("s3cret".repeat(4e5))'), 'prints more than 1 MiB'],
  ['an empty stdin', { fromStdin: true }, 'The value of A is empty.'],
] as [string, ValueSource, string][])('rejects %s', async (_name, source, message) => {
  await using directory = await temporaryDirectory();
  const error = await failureOf(read(declare(source), { directory: directory.path }));
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('s3cret');
});

it('does not wait for a pipe that nobody writes', async () => {
  await using directory = await temporaryDirectory();
  execFileSync('mkfifo', [join(directory.path, 'pipe')]);
  const error = await failureOf(read(declare({ fromFile: 'pipe' }), { directory: directory.path }));
  expect(error.message).toContain("it isn't a regular file");
});

it('adds only values for a check that are known without running anything', async () => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, 'a.txt'), 'from a file\n');
  const declared = [
    ...declare({ value: 'x' }),
    ...declare({ fromEnv: 'SET' }),
    ...declare({ fromEnv: 'UNSET' }),
    ...declare({ fromFile: 'a.txt' }),
    ...declare({ fromFile: 'none.txt' }),
    ...declare({ fromStdin: true }),
    ...declare(node('console.log(1)')),
  ];
  const known = await knownValues(declared, { env: { SET: 'y' }, directory: directory.path });
  const values = known.map(({ value }) => value?.reveal());
  expect(values).toEqual(['x', 'y', undefined, 'from a file', undefined, undefined, undefined]);
});
