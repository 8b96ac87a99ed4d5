import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { ImageDepsError } from '../errors.ts';
import type { LockedDependencies } from '../managers/manager.ts';
import { type Platform, runsOn } from '../platform.ts';
import type { Member } from '../project/closure.ts';
import { type Manifest, readManifest } from '../project/manifest.ts';
import type { Graph, GraphNode } from './layout.ts';

export interface InstalledPackage extends GraphNode {
  readonly kind: 'third-party' | 'library';
  /** Its files' directory: in the scratch directory, or a library's own. */
  readonly directory: string;
  /** Relative to the scratch directory, with slashes. */
  readonly installedAt: string;
  readonly manifest: Manifest;
}

export interface InstalledTree extends Graph {
  readonly packages: ReadonlyMap<string, InstalledPackage>;
}

export interface ReadTreeRequest {
  /** Without symbolic links in its path. */
  readonly scratch: string;
  readonly root: string;
  readonly app: string;
  readonly members: readonly Member[];
  readonly manifest: Manifest;
  readonly platform: Platform;
  readonly locked?: ReadonlyMap<string, LockedDependencies> | undefined;
}

/**
 * Reads what the app needs of an installed scratch directory: its production dependencies, theirs, and so on, found as Node
 * finds them. A link to a member of the workspace is a library, whose files are in the workspace itself.
 */
export async function readTree(request: ReadTreeRequest): Promise<InstalledTree> {
  const { scratch } = request;
  const membersByPath = new Map(request.members.map((member) => [member.path, member]));
  const membersByName = new Map(request.members.map((member) => [member.manifest.name, member]));
  const packages = new Map<
    string,
    InstalledPackage & { edges: Map<string, string>; optionalPeers: Map<string, string> }
  >();

  async function read(id: string): Promise<void> {
    if (packages.has(id)) return;
    const installedAt = relative(scratch, id).split(sep).join('/');
    const isInstalled = installedAt.split('/').includes('node_modules');
    const manifest = await readManifest(join(id, 'package.json'));
    const copied = membersByName.get(manifest.name);
    const member = isInstalled
      ? copied?.manifest.version === manifest.version && copied.manifest.raw['version'] !== undefined
        ? copied
        : undefined
      : (membersByPath.get(installedAt) ?? { path: installedAt, manifest });
    const preferred = member ? `node_modules/${member.manifest.name}` : preferredPath(installedAt, request);
    const edges = new Map<string, string>();
    const optionalPeers = new Map<string, string>();
    const place = member
      ? ({ kind: 'library', directory: join(request.root, member.path), manifest: member.manifest } as const)
      : ({ kind: 'third-party', directory: id, manifest } as const);
    packages.set(id, { ...place, installedAt, preferred, edges, optionalPeers });
    await resolveAll(id, place.manifest, edges, optionalPeers);
  }

  async function resolveAll(
    from: string,
    manifest: Manifest,
    edges: Map<string, string>,
    optionalPeers: Map<string, string>,
  ): Promise<void> {
    for (const { name, kind } of wantedBy(manifest, from, request)) {
      const id = await findPackage(scratch, from, name);
      if (id === undefined) {
        if (kind === 'required') throw missingError(manifest, name, request.root);
        continue;
      }
      if (kind === 'optionalPeer') {
        optionalPeers.set(name, id);
        continue;
      }
      const target = packages.get(id)?.manifest ?? (await readManifest(join(id, 'package.json')));
      if (!runsOn(target, request.platform)) {
        if (kind === 'required') throw platformError(manifest, target, request.platform);
        continue;
      }
      edges.set(name, id);
      await read(id);
    }
  }

  const app = new Map<string, string>();
  const appPeers = new Map<string, string>();
  await resolveAll(join(scratch, request.app), request.manifest, app, appPeers);
  // An optional peer must be the right one if something else brings it, and brings nothing itself.
  for (const [name, id] of appPeers) if (packages.has(id)) app.set(name, id);
  for (const { edges, optionalPeers } of packages.values())
    for (const [name, id] of optionalPeers) if (packages.has(id)) edges.set(name, id);
  return { app, packages };
}

type Kind = 'required' | 'optional' | 'optionalPeer';

function wantedBy(
  manifest: Manifest,
  from: string,
  { locked, scratch }: ReadTreeRequest,
): { name: string; kind: Kind }[] {
  const { name, version, dependencies, optionalDependencies, peerDependencies, optionalPeers } = manifest;
  const kinds = new Map<string, Kind>();
  for (const peer of Object.keys(peerDependencies))
    kinds.set(peer, optionalPeers.has(peer) ? 'optionalPeer' : 'optional');
  const isInstalled = relative(scratch, from).split(sep).includes('node_modules');
  const entry = isInstalled ? locked?.get(`${name}@${version}`) : undefined;
  const required = entry?.required ?? Object.keys(dependencies);
  for (const dependency of required) kinds.set(dependency, 'required');
  for (const dependency of entry?.optional ?? Object.keys(optionalDependencies)) kinds.set(dependency, 'optional');
  return [...kinds].flatMap(([dependency, kind]) => (isPackageName(dependency) ? [{ name: dependency, kind }] : []));
}

/** A hostile manifest could lead out of node_modules. */
function isPackageName(name: string): boolean {
  return /^(?:@[^/\\]+\/)?[^/\\]+$/.test(name) && !name.split('/').some((part) => part.startsWith('.'));
}

/** Finds a package as Node does: in node_modules of the directory, and of those above. */
async function findPackage(scratch: string, from: string, name: string): Promise<string | undefined> {
  for (let directory = from; ; directory = join(directory, '..')) {
    const candidate = join(directory, 'node_modules', name);
    const found = await realpath(join(candidate, 'package.json')).catch(() => undefined);
    if (found !== undefined) return dirname(found);
    if (directory === scratch || dirname(directory) === directory) return undefined;
  }
}

/** Returns where a package would be if the app's directory were the root. */
function preferredPath(installedAt: string, { app, members }: ReadTreeRequest): string | undefined {
  if (installedAt.startsWith('node_modules/')) return installedAt;
  const end = installedAt.indexOf('/node_modules/');
  const owner = installedAt.slice(0, end);
  const inner = installedAt.slice(end + 1);
  if (owner === app) return inner;
  const name = members.find(({ path }) => path === owner)?.manifest.name;
  return name ? `node_modules/${name}/${inner}` : undefined;
}

function missingError(manifest: Manifest, name: string, root: string): ImageDepsError {
  return new ImageDepsError(
    'DEPENDENCY_MISSING',
    `${manifest.name || root} depends on ${name}, which the lock file in ${root} doesn't install: install, and commit the lock file.`,
  );
}

function platformError(by: Manifest, { name, version, os, cpu, libc }: Manifest, platform: Platform): ImageDepsError {
  const limits = [os, cpu, libc].flatMap((values) => (values ? [values.join(' or ')] : [])).join(' ');
  return new ImageDepsError(
    'PLATFORM_MISMATCH',
    `${by.name} depends on ${name}@${version}, which runs on ${limits} only, not on the image's ${platform.os} ${platform.cpu} ${platform.libc}: make it an optional dependency.`,
  );
}
