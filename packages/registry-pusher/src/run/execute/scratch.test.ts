import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createDirectory } from '../../testing/directory.ts';
import { Scratch } from './scratch.ts';

let tmp: string;

beforeEach(async () => {
  const directory = await createDirectory({});
  onTestFinished(() => directory[Symbol.asyncDispose]());
  tmp = directory.path;
  vi.stubEnv('TMPDIR', tmp);
  onTestFinished(() => void vi.unstubAllEnvs());
});

test('leaves nothing behind', async () => {
  const scratch = await Scratch.create();
  await mkdir(join(scratch.directory, 'root-0/etc'), { recursive: true });
  await scratch.close();
  expect(await readdir(tmp)).toEqual([]);
});

test('removes what killed builds left behind, also if another build removed a part of it', async () => {
  const usedAgain = `registry-pusher-run-${process.pid}-1-abcdef`;
  for (const name of [usedAgain, 'registry-pusher-run-4194305-1-abcdef', 'registry-pusher-run-4194305--abcdef'])
    await mkdir(join(tmp, name, 'root-0/etc'), { recursive: true });
  const scratch = await Scratch.create();
  expect(await readdir(tmp)).toEqual([basename(scratch.directory)]);
  await scratch.close();
});

test('keeps the directories of running builds', async () => {
  const running = await Scratch.create();
  const next = await Scratch.create();
  await next.close();
  expect(await readdir(tmp)).toEqual([basename(running.directory)]);
  await running.close();
});
