import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { imageOf } from '../../testing/images.ts';
import { standIn, testRunner } from '../../testing/test-runner.ts';
import { until } from '../../testing/until.ts';
import { copiedDisk } from '../disk/copied-disk.ts';
import { overlayDisks } from '../disk/overlay-disk.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';

/** An app that starts processes in sessions of their own, prints their IDs, and then does `rest`. */
const daemons = (options: string, rest: string) =>
  imageOf(
    [
      [
        {
          name: 'app/main.js',
          mode: 0o644,
          content: `
            const { spawn } = require('node:child_process');
            const again = process.argv[2] === 'again';
            const options = { detached: true, stdio: 'ignore', cwd: '/', ${options} };
            const child = again ? spawn('/bin/sleep', ['1000'], options) : spawn(process.execPath, [__filename, 'again'], { ...options, stdio: 'inherit' });
            console.log(child.pid);
            if (again) process.on('SIGTERM', () => {});
            else { ${rest} }
            setInterval(() => {}, 1000);`,
        },
      ],
    ],
    { Cmd: ['node', '/app/main.js'], Labels: standIn },
  );

const isRunning = async (pid: string): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !/\) Z /.test(stat);
};

async function startDaemons(rest = '', options = '', overrides: Parameters<typeof testRunner>[1] = {}) {
  const image = await daemons(options, rest);
  const runner = await testRunner([image], overrides);
  const dyno = await runner.start(image);
  const pids = await until(
    () => [...runner.lines],
    ({ length }) => length === 2,
  );
  return { runner, dyno, pids, running: () => Promise.all(pids.map(isRunning)) };
}

describe.runIf(process.platform === 'linux')('processes in sessions of their own', () => {
  test('end with a dyno that is stopped', async () => {
    const { runner, dyno, running } = await startDaemons();
    await using _ = runner;
    expect(await running()).toEqual([true, true]);
    await dyno.stop();
    expect(await running()).toEqual([false, false]);
  });

  test('end with one that exits', async () => {
    const { runner, dyno, running } = await startDaemons(
      'process.stdin.resume(); setTimeout(() => process.exit(3), 200)',
    );
    await using _ = runner;
    expect(await dyno.exited).toEqual({ code: 3, signal: null });
    expect(await running()).toEqual([false, false]);
  });

  test('end on a disk that is a copy', async () => {
    const { runner, dyno, running } = await startDaemons('', '', { makeDisk: copiedDisk });
    await using _ = runner;
    await dyno.stop();
    expect(await running()).toEqual([false, false]);
  });

  test('end without the environment, if the disk is an overlay', async (context) => {
    await using directory = await temporaryDirectory();
    if (!(await overlayDisks(directory.path))) return context.skip();
    const { runner, dyno, running } = await startDaemons('', 'env: {}');
    await using _ = runner;
    await dyno.stop();
    expect(await running()).toEqual([false, false]);
  });

  test('don’t end with another dyno', async () => {
    const { runner, dyno, running } = await startDaemons();
    const other = await startDaemons();
    await using _ = runner;
    await using _other = other.runner;
    await dyno.stop();
    expect(await running()).toEqual([false, false]);
    expect(await other.running()).toEqual([true, true]);
  });
});
