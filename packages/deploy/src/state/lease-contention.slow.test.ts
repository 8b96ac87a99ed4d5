import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileModule } from '../testing/compile-module.ts';
import type { Answer, Order } from '../testing/lease-contender.ts';

/** `npm run prove lease` runs 1,000 per situation. */
const rounds = Number(process.env['LEASE_ROUNDS'] ?? 40);
const [contenders, directories]: [ChildProcess[], string[]] = [[], []];
let deadPid: number;

beforeAll(async () => {
  const program = await compileModule(fileURLToPath(new URL('../testing/lease-contender.ts', import.meta.url)));
  contenders.push(...Array.from({ length: 6 }, () => fork(program, { execArgv: [], env: withoutVitest() })));
  const exited = spawn(process.execPath, ['-e', '']);
  await once(exited, 'exit');
  deadPid = exited.pid!;
}, 60_000);

afterAll(async () => {
  for (const contender of contenders) contender.kill('SIGKILL');
  await Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true })));
});

function withoutVitest(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}

async function tell(contender: ChildProcess, order: Order): Promise<Answer> {
  const answered = once(contender, 'message');
  contender.send(order);
  return (await answered)[0] as Answer;
}

/** Lets all contenders try at once. Returns how many of them hold the lease. */
async function holdersOf(directory: string): Promise<number> {
  const order = { acquire: directory, at: Date.now() + 10 };
  const answers = await Promise.all(contenders.map((contender) => tell(contender, order)));
  expect(answers.filter((answer) => answer !== 'held' && answer !== 'refused')).toEqual([]);
  await Promise.all(contenders.map((contender) => tell(contender, 'release')));
  return answers.filter((answer) => answer === 'held').length;
}

function print(line: string): void {
  if ('LEASE_ROUNDS' in process.env) console.log(line);
}

const deadHolder = () => JSON.stringify({ pid: deadPid, since: '2026-11-30T05:00:00.000Z' });

test.each([
  ['without a lease file', undefined],
  ['with a dead holder’s file', deadHolder],
  ['with a half-written file', () => deadHolder().slice(0, 9)],
  ['with an empty file', () => ''],
])(
  'of six processes at once exactly one holds the lease %s (fault 111, deploy)',
  async (situation, content) => {
    const counts: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const directory = await mkdtemp(join(tmpdir(), 'tozo-lease-'));
      directories.push(directory);
      const leases = join(directory, 'leases', 'heroku', 'shop');
      if (content) {
        await mkdir(leases, { recursive: true });
        await writeFile(join(leases, '7'), content());
      }
      counts.push(await holdersOf(directory));
    }
    expect(counts.filter((count) => count !== 1)).toEqual([]);
    print(`${counts.length} of ${rounds} rounds had one holder ${situation}`);
  },
  60_000 + rounds * 500,
);

test(
  'exactly one holds it in each of many rounds with the files of the earlier ones (fault 111, deploy)',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tozo-lease-'));
    directories.push(directory);
    const counts: number[] = [];
    for (let round = 0; round < rounds; round += 1) counts.push(await holdersOf(directory));
    expect(counts.filter((count) => count !== 1)).toEqual([]);
    print(`${counts.length} of ${rounds} rounds had one holder with the files of earlier rounds`);
  },
  60_000 + rounds * 500,
);
