import { chmodSync, copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type ContextSources, mountSelection } from '../layer/context-sources.ts';
import type { LayerChain, MountFiles, RootFilesystem, RunExecutor } from '../../run/executor.ts';
import type { BindMount, RunStep } from '../../run/run-step.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import { lstat, Root } from '../../run/execute/paths.ts';
import type { Images } from './images.ts';
import type { StageLayers } from './stage-layers.ts';

export interface BindOrigins {
  readonly contextSources: ContextSources;
  readonly images: Images;
  readonly stages: StageLayers;
}

/**
 * Finds the files of a bind mount: those of the build context as COPY would copy them, or those of a stage or an image.
 * @throws RegistryPusherError COPY_SOURCE_*
 */
export async function findBindSource(
  step: RunStep,
  index: number,
  origins: BindOrigins,
  executor: RunExecutor,
  signal: AbortSignal | undefined,
): Promise<MountFiles> {
  const mount = step.mounts[index] as BindMount;
  const root = await executor.openRoot();
  const chain = await layersOf(mount, origins);
  const path =
    chain === undefined
      ? await copyContext(step, mount, origins.contextSources, root)
      : await unpackAll(step, mount, chain, root, signal);
  return { path, isDirectory: lstat(path)?.isDirectory() === true };
}

async function layersOf({ from }: BindMount, { images, stages }: BindOrigins): Promise<LayerChain | undefined> {
  if (from === undefined || from.kind === 'context') return undefined;
  return from.kind === 'stage' ? stages(from.index) : images.layersOf(images.named(from.reference));
}

async function unpackAll(
  { line }: RunStep,
  { source }: BindMount,
  chain: LayerChain,
  root: RootFilesystem,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (const layer of chain) await root.unpack(layer, signal);
  const paths = new Root(root.directory);
  const path = paths.at(paths.resolve(source));
  if (lstat(path) !== undefined) return path;
  throw new RegistryPusherError(
    'COPY_SOURCE_MISSING',
    `Dockerfile line ${line}: --mount=source=${source} doesn't exist there. Correct the path.`,
  );
}

async function copyContext(
  { line }: RunStep,
  { from, source }: BindMount,
  contextSources: ContextSources,
  { directory }: RootFilesystem,
): Promise<string> {
  const sources = contextSources.sourcesOf(from?.kind === 'context' ? from : undefined)!;
  const pattern = posix.join('.', source);
  const [found] = await sources.find(pattern, mountSelection(line));
  if (found === undefined) return directory;
  for (const { subpath, item } of (await found.read()).items) {
    const path = join(directory, found.kind === 'file' ? found.name : subpath);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    if (item.type === 'directory') mkdirSync(path, { recursive: true, mode: 0o755 });
    else if (item.type === 'link') symlinkSync(item.target, path);
    else if (item.type === 'file') {
      copyFileSync(item.absolute, path);
      chmodSync(path, (lstat(item.absolute)!.mode & 0o100) === 0 ? 0o644 : 0o755);
    }
  }
  return found.kind === 'file' ? join(directory, found.name) : directory;
}
