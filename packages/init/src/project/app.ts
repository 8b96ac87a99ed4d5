import { declaredDockerfile } from './declared-dockerfile.ts';
import { findStart, usesStandalone } from './find-start.ts';
import { type Framework, frameworkOf } from './framework.ts';
import { filesFor } from './image-files.ts';
import { type Manager, findManager } from './manager.ts';
import { isObject, type Manifest, parseJsonObject, readManifest } from './manifest.ts';
import { joinPath, type Snapshot } from './snapshot.ts';
import { readSources, type SourceFacts } from './sources.ts';
import type { Unfit } from './start.ts';

/** An app, and how its image is made. */
export interface App {
  /** Relative to the root; empty if it's the root. */
  readonly directory: string;
  readonly name: string;
  readonly framework: Framework;
  readonly manager: Manager;
  readonly manifest: Manifest | undefined;
  /** Whether there's a Dockerfile already. Then nothing about the image is planned. */
  readonly hasDockerfile: boolean;
  /** Whether the image is made of what `tozo image-deps` writes. */
  readonly usesImageDeps: boolean;
  /** CMD. Empty if the Dockerfile has it. */
  readonly command: readonly string[];
  /** Whether package.json has a script `build`. */
  readonly hasBuild: boolean;
  /** What package.json's `files` has to be, if image-deps wouldn't find the app's own files. */
  readonly files?: readonly string[];
  /** Whether it's unknown where the build writes to. */
  readonly unknownOutput?: boolean;
  /** What has to run once before a new version starts. */
  readonly release?: readonly string[];
  /** What the start script does before the server, and the image doesn't. */
  readonly before?: {
    readonly migrations: readonly string[];
    /** Steps that only make files, and aren't in the script `build`. */
    readonly builds: readonly string[];
    /** The devDependency that migrates. */
    readonly missing?: string;
  };
  readonly sources: SourceFacts;
  /** The major version of Node. */
  readonly node: string;
}

interface Context {
  readonly rootManifest: Manifest | undefined;
  readonly nx: boolean;
  readonly turbo: boolean;
  /** Whether the directory contains other apps and needs more than a script to be one itself. */
  readonly isShell: boolean;
  /** Directories whose Dockerfile has another name. */
  readonly dockerfiles: ReadonlySet<string>;
}

/** Returns the app of a directory, why it can't be deployed, or undefined if it isn't an app. */
export function describeApp(
  snapshot: Snapshot,
  directory: string,
  context: Context,
): App | { reason: string } | undefined {
  const manifest = readManifest(snapshot, directory);
  const has = (file: string): boolean => snapshot.files.has(joinPath(directory, file));
  const dockerfile = declaredDockerfile(snapshot, directory);
  const hasDockerfile = has(dockerfile) || context.dockerfiles.has(directory);
  const nxProject = readNxProject(snapshot, directory);
  if (nxProject?.['projectType'] === 'library' || directory.endsWith('-e2e')) return undefined;
  if (manifest === undefined && !hasDockerfile)
    return nxProject && isNxApp(nxProject) ? { reason: integratedNx } : undefined;
  const known = manifest ?? { scripts: {}, dependencies: {}, devDependencies: {}, workspaces: [] };
  const framework = frameworkOf(known);
  const shared = {
    directory,
    name: nameOf(nxProject, manifest, directory, snapshot),
    framework,
    manager: findManager(snapshot, directory, context.rootManifest ?? manifest),
    manifest,
    hasDockerfile,
    hasBuild: 'build' in known.scripts,
    sources: readSources(snapshot, directory, framework),
    node: nodeOf(known.node ?? context.rootManifest?.node),
  };
  if (hasDockerfile || has('deploy.json')) {
    if (context.isShell && !has('deploy.json')) return undefined;
    const text = snapshot.texts.get(joinPath(directory, dockerfile)) ?? '';
    if (hasDockerfile) return { ...shared, usesImageDeps: /^\s*COPY\s.*\bout\/image\b/im.test(text), command: [] };
  }
  const root = directory === '' ? {} : context.rootManifest?.devDependencies;
  const declared = { ...known, devDependencies: { ...root, ...known.devDependencies } };
  const start = findStart(snapshot, directory, declared, framework);
  if (start === undefined) return undefined;
  if ('program' in start) return context.isShell ? undefined : { reason: reasonFor(framework, start) };
  // A script of a workspace's root that starts one of its packages isn't an app of its own.
  if (context.isShell && (start.file === undefined || !has(start.file))) return undefined;
  const files =
    framework === 'next' && usesStandalone(snapshot, directory) ? {} : filesFor(snapshot, directory, known, start);
  const { command, release, migrations = [], missing } = start;
  // The script `build` does these already, or can't without being changed.
  const builds = (start.builds ?? []).filter(
    (text) => !known.scripts['build']?.includes(text) && !text.endsWith(' build'),
  );
  return {
    ...shared,
    hasBuild: shared.hasBuild || builds.length > 0,
    usesImageDeps: true,
    command,
    ...files,
    ...(release === undefined ? {} : { release }),
    before: { migrations, builds, ...(missing === undefined ? {} : { missing }) },
  };
}

const integratedNx =
  'this project of Nx has no package.json of its own. Let its build write one into dist (generatePackageJson), and write a Dockerfile that copies it; see "Nx" in the README of @tozo/image-deps.';

function isNxApp(project: Record<string, unknown>): boolean {
  return (
    project['projectType'] === 'application' &&
    isObject(project['targets']) &&
    ('serve' in project['targets'] || 'build' in project['targets'])
  );
}

function readNxProject({ texts }: Snapshot, directory: string): Record<string, unknown> | undefined {
  const path = joinPath(directory, 'project.json');
  const text = texts.get(path);
  return text === undefined ? undefined : parseJsonObject(text, path);
}

function nameOf(
  project: Record<string, unknown> | undefined,
  manifest: Manifest | undefined,
  directory: string,
  { name }: Snapshot,
): string {
  const declared = project?.['name'];
  return typeof declared === 'string' && declared !== '' ? declared : (manifest?.name ?? (directory || name));
}

/** Node 24, unless package.json's `engines` excludes it. */
function nodeOf(range: string | undefined): string {
  const majors = [...(range ?? '').matchAll(/(\d+)(?:\.[\dx*]+)*/g)].map(([, major]) => Number(major));
  if (range === undefined || majors.length === 0 || /^\s*>/.test(range) || majors.includes(24)) return '24';
  return majors.some((major) => major > 24) ? '24' : String(Math.max(...majors));
}

function reasonFor(framework: Framework, { program, package: name }: Unfit): string {
  if (name !== undefined)
    return `its "start" script runs ${program} of the devDependency ${name}, which the image doesn't have. Move ${name} to dependencies; or add a "start" script that runs what the build writes, such as "node dist/server.js".`;
  return framework === 'vite'
    ? 'its "start" script is a development server, and it has no server of its own. Add one that serves dist (see docs/guides/start.md), with the script "start": "node server.js".'
    : 'its "start" script runs a development tool, which the image doesn\'t have. Add a "start" script that runs what the build writes, such as "node dist/server.js".';
}
