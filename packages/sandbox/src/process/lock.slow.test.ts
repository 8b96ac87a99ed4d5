import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const rounds = 300;
const compiled = new URL('../../out/compiled/node_modules/@tozo/sandbox/dist/process/lock.js', import.meta.url).href;

/** Wants the lock of every round at the same moment as all others, and prints the rounds in which it got it. */
const contender = `import { acquireLock } from ${JSON.stringify(compiled)};
const [directory, start] = [process.argv[2], Number(process.argv[3])];
const got = [];
for (let round = 0; round < ${rounds}; round += 1) {
  while (Date.now() < start + round * 5);
  if (acquireLock(directory + '/' + round)) got.push(round);
}
console.log(JSON.stringify(got));
setInterval(() => undefined, 60_000);
process.stdin.resume().on('end', () => process.exit());
`;

test('of processes that want a lock at the same moment exactly one has it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sandbox-lock-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const program = join(directory, 'contender.mjs');
  writeFileSync(program, contender);
  const start = String(Date.now() + 1000);
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, [program, directory, start], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  // A holder that has ended has no lock any more, so each waits for the last one's result.
  const lines = await Promise.all(
    children.map(
      ({ stdout }) =>
        new Promise<string>((resolve) =>
          stdout.once('data', (data) => resolve(String(data))).once('end', () => resolve('[]')),
        ),
    ),
  );
  for (const { stdin } of children) stdin.end();
  const holders = lines.flatMap((line) => JSON.parse(line) as number[]).toSorted((a, b) => a - b);
  expect(holders).toEqual(Array.from({ length: rounds }, (_, round) => round));
});
