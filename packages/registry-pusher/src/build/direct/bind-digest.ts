import { posix } from 'node:path';
import type { Digest } from '../../image/digest.ts';
import { digestOfFramed, type Framed } from '../../run/key/frame.ts';
import type { BindMount, RunStep } from '../../run/run-step.ts';
import { mountSelection } from '../layer/context-sources.ts';
import type { CopySource } from '../layer/copy-source.ts';
import type { PlannedFile } from '../layer/entry.ts';
import { hashFiles, type HashOptions } from '../layer/hash-files.ts';
import type { BindOrigins } from './bind-source.ts';

/** Returns a digest of what each bind mount of a RUN shows, by the mount's number. Downloads nothing. */
export async function digestBinds(
  step: RunStep,
  origins: BindOrigins,
  hashing: Pick<HashOptions, 'signal' | 'cache'>,
): Promise<Map<number, Digest>> {
  const digests = new Map<number, Digest>();
  for (const [index, mount] of step.mounts.entries())
    if (mount.type === 'bind') digests.set(index, digestOfFramed(await contentOf(step, mount, origins, hashing)));
  return digests;
}

async function contentOf(
  { line }: RunStep,
  { from, source }: BindMount,
  { contextSources, images, stages }: BindOrigins,
  hashing: Pick<HashOptions, 'signal' | 'cache'>,
): Promise<Framed> {
  if (from?.kind === 'stage') return ['stage', (await stages(from.index)).map(({ diffId }) => diffId), source];
  if (from?.kind === 'image') return ['image', images.sourceOf(from.reference).id, source];
  const sources = contextSources.sourcesOf(from)!;
  const [found] = await sources.find(posix.join('.', source), mountSelection(line));
  return found === undefined ? ['nothing'] : frameContext(found, hashing);
}

async function frameContext(found: CopySource, hashing: Pick<HashOptions, 'signal' | 'cache'>): Promise<Framed> {
  const { items } = await found.read();
  const planned = items.flatMap(({ item }) => (item.type === 'file' ? [item satisfies PlannedFile] : []));
  const files = await hashFiles(planned, { ...hashing, secrets: [] });
  let next = 0;
  return [
    'context',
    found.kind,
    items.map(({ subpath, item }): Framed => {
      if (item.type === 'link') return [subpath, item.type, item.target];
      if (item.type !== 'file') return [subpath, item.type];
      const { mode, digest } = files[next++]!.entry;
      return [subpath, item.type, mode, digest];
    }),
  ];
}
