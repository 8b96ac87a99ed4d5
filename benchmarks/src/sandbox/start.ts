import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../process.ts';
import type { Finding } from './finding.ts';

const inProcess = fileURLToPath(new URL('start-in-process.js', import.meta.url));
const command = fileURLToPath(new URL('../../../packages/cli/bin/tozo.js', import.meta.url));

interface Start {
  readonly imported: number;
  readonly firstStarted: number;
  readonly secondStarted: number;
}

/** Measures a sandbox's start in milliseconds: in a new process, and with the command until it returns. */
export async function measureStart(rounds: number): Promise<Finding[]> {
  const starts: Start[] = [];
  const commands: number[] = [];
  for (let round = 0; round < rounds; round++) {
    starts.push(JSON.parse((await runCommand(process.execPath, [inProcess])).stdout) as Start);
    commands.push(await startByCommand());
  }
  return [
    { name: 'import of @tozo/sandbox, ms', values: starts.map(({ imported }) => imported) },
    {
      name: 'start in a process, without the import, ms',
      values: starts.map(({ firstStarted }) => firstStarted),
      goal: { max: 80 },
    },
    { name: 'start of another one in the same process, ms', values: starts.map(({ secondStarted }) => secondStarted) },
    { name: '`tozo sandbox start` until it returns, ms', values: commands, goal: { max: 600 } },
  ];
}

async function startByCommand(): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-start-'));
  const env = { PATH: process.env['PATH'], HOME: dir, TOZO_SANDBOX_DIR: join(dir, 'state') };
  const tozo = async (action: string) => await runCommand(process.execPath, [command, 'sandbox', action], { env });
  try {
    return (await tozo('start')).seconds * 1000;
  } finally {
    await tozo('stop');
    await rm(dir, { recursive: true, force: true });
  }
}
