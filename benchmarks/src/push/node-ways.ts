import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../process.ts';
import { type Push, referenceOf } from './place.ts';

/** What gets published. */
const pusher = fileURLToPath(new URL('../../../packages/registry-pusher/package/', import.meta.url));
const local = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The script of the command. */
const pusherScript = join(pusher, 'bin/registry-pusher.js');
/** Loaded first, it writes the peak memory. */
const peakMemoryModule = local('peak-memory.js');

/** The report of a push by registry-pusher. */
export interface PushResult {
  readonly seconds: number;
  readonly sentBytes: number;
  readonly reusedLayers: number;
  /** What the push printed about its progress. */
  readonly progress: string;
  /** Peak resident memory in bytes. */
  readonly peakMemory: number;
}

/** Runs `registry-pusher push` as it gets published. */
export async function pushDirectly(
  { context, target, runner }: Omit<Push, 'base'>,
  options: readonly string[] = [],
): Promise<PushResult> {
  const { env, peakMemory } = await emptyRunner(runner);
  const command = [pusherScript, 'push', referenceOf(target)];
  const args = [
    `--import=${peakMemoryModule}`,
    ...command,
    '--context',
    context,
    '--builder',
    'direct',
    '--json',
    ...options,
  ];
  const { stdout, stderr, seconds } = await runCommand(process.execPath, args, { env });
  const { sentBytes, layers } = JSON.parse(stdout) as { sentBytes: number; layers: { reused: boolean }[] };
  const reusedLayers = layers.filter(({ reused }) => reused).length;
  return { seconds, sentBytes, reusedLayers, progress: stderr, peakMemory: await peakMemory() };
}

/** Runs `registry-pusher push --builder docker` and returns the seconds. */
export async function pushWithEngine({ context, target, runner }: Push, dockerHost: string): Promise<number> {
  const { env } = await emptyRunner(runner);
  const command = [pusherScript, 'push', referenceOf(target)];
  const args = [...command, '--context', context, '--builder', 'docker', '--json'];
  const { seconds } = await runCommand(process.execPath, args, { env: { ...env, DOCKER_HOST: dockerHost } });
  await rm(runner, { recursive: true });
  return seconds;
}

/** Runs the unavoidable parts of a push: {@link file://./floor.js} */
export async function floor({ context, target, base, runner }: Push, sends: boolean): Promise<number> {
  const { env, peakMemory } = await emptyRunner(runner);
  const input = { library: join(pusher, 'dist/registry-pusher.js'), context, target, base, sends };
  const args = [`--import=${peakMemoryModule}`, local('floor.js'), JSON.stringify(input)];
  const { seconds } = await runCommand(process.execPath, args, { env });
  await peakMemory();
  return seconds;
}

/** Returns the peak memory of an empty program in bytes. */
export async function bareMemory(runner: string): Promise<number> {
  const { env, peakMemory } = await emptyRunner(runner);
  await runCommand(process.execPath, [`--import=${peakMemoryModule}`, '--eval', '0'], { env });
  return peakMemory();
}

/** Installs containerify with npm, and returns a function that pushes with it. */
export async function installContainerify(directory: string, version: string) {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  await runCommand('npm', ['install', ...flags, `containerify@${version}`], { cwd: directory });
  const manifest = await readFile(join(directory, 'node_modules/containerify/package.json'), 'utf8');
  const command = join(directory, 'node_modules/.bin/containerify');
  return {
    version: (JSON.parse(manifest) as { version: string }).version,
    push: async ({ context, base, target, runner }: Push): Promise<number> => {
      const { env } = await emptyRunner(runner);
      const args = [
        ...['--fromRegistry', `http://${base.host}/v2/`, '--fromImage', `${base.repository}:${base.tag}`],
        ...['--toRegistry', `http://${target.host}/v2/`, '--toImage', `${target.repository}:${target.tag}`],
        ...['--folder', context, '--entrypoint', 'node main.js', '--allowNoPushAuth', '--allowInsecureRegistries'],
      ];
      const { seconds } = await runCommand(process.execPath, [command, ...args], { cwd: context, env });
      await rm(runner, { recursive: true });
      return seconds;
    },
  };
}

/** Creates an empty runner. Reading its peak memory removes it. */
async function emptyRunner(directory: string) {
  await mkdir(join(directory, 'tmp'), { recursive: true });
  const PEAK_MEMORY_FILE = join(directory, 'peak-memory');
  return {
    env: { PATH: process.env['PATH'], HOME: directory, TMPDIR: join(directory, 'tmp'), PEAK_MEMORY_FILE },
    peakMemory: async (): Promise<number> => {
      const bytes = Number(await readFile(PEAK_MEMORY_FILE, 'utf8'));
      await rm(directory, { recursive: true });
      return bytes;
    },
  };
}
