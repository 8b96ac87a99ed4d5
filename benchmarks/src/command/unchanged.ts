import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectSandbox } from '@tozo/sandbox';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { publishedDirectory, workspace } from './packages.ts';

const run = promisify(execFile);

/** Measures a deploy of apps/tozo that has nothing to do, in turns with a bare `node -e 0`, and counts its requests. */
export async function measureUnchanged(rounds: number): Promise<Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-unchanged-'));
  const state = join(directory, 'sandbox');
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    XDG_STATE_HOME: join(directory, 'state'),
    XDG_CACHE_HOME: join(directory, 'cache'),
    TOZO_SANDBOX_DIR: state,
  };
  const app = join(directory, 'tozo');
  await run(process.execPath, ['build.js'], { cwd: join(workspace, 'apps/tozo') });
  await cp(join(workspace, 'apps/tozo'), app, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const command = join(publishedDirectory('cli'), 'bin/tozo.js');
  const deploy = () => runCommand(process.execPath, [command, 'deploy', '--sandbox'], { cwd: app, env });
  try {
    for (let warmUp = 0; warmUp < 3; warmUp++) await deploy();
    const sandbox = await connectSandbox({ dir: state });
    const bare: number[] = [];
    const unchanged: number[] = [];
    const requests: number[] = [];
    for (let round = 0; round < rounds; round++) {
      bare.push((await runCommand(process.execPath, ['-e', '0'], { env })).seconds * 1000);
      const before = (await sandbox!.journal()).length;
      const { stdout, seconds } = await deploy();
      if (!/^UNCHANGED/m.test(stdout)) throw new Error(`The deploy changed something:\n${stdout}`);
      unchanged.push(seconds * 1000);
      requests.push((await sandbox!.journal()).length - before);
    }
    return [
      { name: '`node -e 0`, ms', values: bare },
      { name: 'unchanged `tozo deploy`, ms', values: unchanged },
      {
        name: 'unchanged `tozo deploy`, ÷ `node -e 0`',
        values: unchanged.map((value, index) => value / bare[index]!),
        goal: { max: 8 },
        digits: 1,
      },
      { name: 'unchanged `tozo deploy`, requests', values: requests, goal: { max: 12 } },
    ];
  } finally {
    await (await connectSandbox({ dir: state }))?.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
