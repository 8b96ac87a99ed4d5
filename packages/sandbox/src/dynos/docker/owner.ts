import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { isAlive } from '../../process/is-alive.ts';
import type { Engine } from './engine.ts';
import { removeImage } from './engine-images.ts';

const prefix = 'tozo-sandbox';
const ownerLabel = 'dev.tozo.sandbox';
/** From SIGTERM to SIGKILL for leftover containers. */
const endWithinSeconds = 3;

/** The owner of containers and images in an engine: a process on this machine, and its directory. */
export interface Owner {
  readonly directory: string;
  readonly host: string;
  readonly pid: number;
}

export function ownerOf(dir: string): Owner {
  return { directory: shortHash(dir), host: shortHash(hostname()), pid: process.pid };
}

/** The prefix of its images' tags. It names the owner because an image can't get a label. */
export const repositoryOf = ({ directory, host, pid }: Owner): string => `${prefix}/${directory}-${host}-${pid}`;

export const labelsOf = (owner: Owner, app: string, dyno: string): Record<string, string> => ({
  [ownerLabel]: repositoryOf(owner),
  'dev.tozo.app': app,
  'dev.tozo.dyno': dyno,
});

/** Removes leftovers of killed sandboxes: of this directory, and of this machine's processes that have ended. */
export async function sweep(engine: Engine, owner: Owner): Promise<void> {
  await removeAllOf(engine, (repository) => isLeft(repository, owner));
}

/** Removes the containers and images of the selected owners. */
export async function removeAllOf(engine: Engine, isMeant: (repository: string) => boolean): Promise<void> {
  const query = { all: true, filters: JSON.stringify({ label: [ownerLabel] }) };
  const containers = await engine.ask<readonly Container[]>('GET', '/containers/json', { query });
  const left = containers.filter(({ Labels }) => isMeant(Labels[ownerLabel] ?? ''));
  await Promise.all(left.map(async ({ Id }) => await endContainer(engine, Id)));
  const images = await engine.ask<readonly { readonly RepoTags?: readonly string[] | null }[]>('GET', '/images/json');
  for (const tag of images.flatMap(({ RepoTags }) => RepoTags ?? [])) {
    if (isMeant(tag.split(':')[0] ?? '')) await removeImage(engine, tag);
  }
}

interface Container {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>>;
}

async function endContainer(engine: Engine, id: string): Promise<void> {
  await engine.ask('POST', `/containers/${id}/stop`, { query: { t: endWithinSeconds } }).catch(() => undefined);
  await removeContainer(engine, id);
}

/** Stops a container if it's running, and removes it with its volumes. */
export async function removeContainer(engine: Engine, id: string): Promise<void> {
  await engine.ask('DELETE', `/containers/${id}`, { query: { force: true, v: true } }).catch(() => undefined);
}

function isLeft(repository: string, owner: Owner): boolean {
  const [, directory, host, pid] = /^tozo-sandbox\/([0-9a-f]+)-([0-9a-f]+)-(\d+)$/.exec(repository) ?? [];
  if (directory === undefined) return false;
  if (directory === owner.directory) return Number(pid) !== owner.pid || host !== owner.host;
  return host === owner.host && !isAlive(Number(pid));
}

const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
