import { declaredDockerfile } from './declared-dockerfile.ts';
import { type Framework, frameworkOf } from './framework.ts';
import { type Manager, findManager } from './manager.ts';
import { isObject, type Manifest, parseJsonObject, readManifest } from './manifest.ts';
import { directoryOf, filesIn, joinPath, type Snapshot } from './snapshot.ts';
import { readSources, type SourceFacts } from './sources.ts';
import { parseStart, type Start } from './start.ts';

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
  const start = findStart(snapshot, directory, known, framework);
  if (start === undefined) return undefined;
  if (start === 'development') return context.isShell ? undefined : { reason: reasonFor(framework) };
  // A script of a workspace's root that starts one of its packages isn't an app of its own.
  if (context.isShell && (start.file === undefined || !has(start.file))) return undefined;
  const files =
    framework === 'next' && usesStandalone(snapshot, directory)
      ? undefined
      : filesFor(snapshot, directory, known, start);
  return { ...shared, usesImageDeps: true, command: start.command, ...(files === undefined ? {} : { files }) };
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

function reasonFor(framework: Framework): string {
  return framework === 'vite'
    ? 'its "start" script is a development server, and it has no server of its own. Add one that serves dist (see docs/guides/start.md), with the script "start": "node server.js".'
    : 'its "start" script runs a development tool, which the image doesn\'t have. Add a "start" script that runs what the build writes, such as "node dist/server.js".';
}

const startScripts = ['start:prod', 'start:production', 'start', 'serve'];
const entries = ['server', 'index', 'app', 'main', 'src/server', 'src/index', 'src/app', 'src/main'];

function findStart(
  snapshot: Snapshot,
  directory: string,
  { scripts, main, dependencies }: Manifest,
  framework: Framework,
): Start | 'development' | undefined {
  if (framework === 'next') return nextStart(snapshot, directory);
  const parsed = startScripts.flatMap((name) => (name in scripts ? [[name, parseStart(scripts[name]!)] as const] : []));
  const good = parsed.map(([, start]) => start).find((start) => typeof start === 'object');
  if (typeof good === 'object')
    return isRunnable(good, dependencies) ? resolved(snapshot, directory, main, good) : 'development';
  const entry: string | undefined = [
    main,
    ...entries.flatMap((name) => ['.js', '.mjs', '.cjs'].map((end) => name + end)),
  ].find((file) => {
    const text = file === undefined ? undefined : snapshot.texts.get(joinPath(directory, file));
    return text !== undefined && /\.listen\s*\(|\bserve\s*\(/.test(text);
  });
  const entryFile = entry?.replace(/^\.\//, '');
  if (entryFile !== undefined) return { command: ['node', entryFile], file: entryFile };
  const built = 'build' in scripts ? builtEntry(snapshot, directory, scripts['build'] ?? '') : undefined;
  if (built !== undefined) return { command: ['node', built], file: built };
  if (parsed.some(([, start]) => start === 'development')) return 'development';
  const other = parsed.find(([name, start]) => start === undefined && name.startsWith('start'));
  return other && { command: ['npm', 'run', '--silent', other[0]] };
}

function isRunnable({ command }: Start, dependencies: Manifest['dependencies']): boolean {
  return !command.includes('--import=tsx') || 'tsx' in dependencies;
}

function nextStart(snapshot: Snapshot, directory: string): Start {
  if (!usesStandalone(snapshot, directory))
    return { command: ['node', 'node_modules/next/dist/bin/next', 'start'], file: '.next/BUILD_ID' };
  const lock = findManager(snapshot, directory, undefined).root;
  // Next mirrors the workspace: apps/web/server.js.
  const path = directory === lock ? 'server.js' : `${directory.slice(lock === '' ? 0 : lock.length + 1)}/server.js`;
  return { command: ['node', path], file: path };
}

function usesStandalone(snapshot: Snapshot, directory: string): boolean {
  return filesIn(snapshot, directory).some(
    (file) =>
      /^next\.config\.\w+$/.test(file) &&
      /output:\s*["'`]standalone/.test(snapshot.texts.get(joinPath(directory, file)) ?? ''),
  );
}

/** A script may name a module without its extension, or a directory. */
function resolved(snapshot: Snapshot, directory: string, main: string | undefined, start: Start): Start {
  const { file, command } = start;
  if (file === undefined || /\.[cm]?[jt]s$/.test(file)) return start;
  const path = file.replace(/\/+$/, '');
  const isOwn = path === '.' || path === '';
  const found = ['.js', '.mjs', '.cjs', '/index.js']
    .map((end) => (isOwn ? end.slice(1) : path + end))
    .find((one) => snapshot.files.has(joinPath(directory, one)));
  const isOutput = /^(?:dist|build|out|lib)$/.test(path);
  const real =
    (isOwn ? (main?.replace(/^\.\//, '') ?? found ?? 'index.js') : found) ?? `${path}${isOutput ? '/index.js' : '.js'}`;
  return { command: command.map((word) => (word.replace(/^\.\//, '') === file ? real : word)), file: real };
}

function builtEntry(snapshot: Snapshot, directory: string, build: string): string | undefined {
  const isTsc = /\btsc\b|\btsup\b|\besbuild\b|\bswc\b|\bnest build\b/.test(build);
  if (!isTsc) return undefined;
  const source = ['src/server.ts', 'src/main.ts', 'src/index.ts', 'src/app.ts', 'server.ts', 'index.ts'].find((file) =>
    /\.listen\s*\(|\bserve\s*\(/.test(snapshot.texts.get(joinPath(directory, file)) ?? ''),
  );
  if (source === undefined) return undefined;
  const settings = snapshot.texts.get(joinPath(directory, 'tsconfig.json')) ?? '';
  const out = /"outDir"\s*:\s*"(?:\.\/)?([^"]+?)\/?"/.exec(settings)?.[1] ?? 'dist';
  const path =
    source.startsWith('src/') && !/"rootDir"\s*:\s*"\.\/?"/.test(settings) ? source.slice('src/'.length) : source;
  return `${out}/${path.replace(/\.ts$/, '.js')}`;
}

const runtimeDirectories = [
  'public',
  'static',
  'views',
  'templates',
  'assets',
  'locales',
  'i18n',
  'migrations',
  'prisma',
  'drizzle',
];
const notRuntime =
  /^(?:\..*|node_modules|out|coverage|tests?|__tests__|e2e|spec|docs?|examples?|benchmarks?|dist|build|tmp|.*\.md|LICENSE.*|.*\.config\.\w+|.*\.(?:test|spec)\.\w+|tsconfig.*\.json|package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|nx\.json|turbo\.json|project\.json|deploy\.json|app\.json|Procfile|heroku\.yml|Dockerfile.*|Containerfile|docker-compose.*|compose\.ya?ml|.*\.tf|infrastructure\.m?[jt]s|Makefile|.*\.log|.*\.sh)$/i;

/** Returns what package.json's `files` has to list. Undefined if image-deps finds the files without. */
function filesFor(snapshot: Snapshot, directory: string, manifest: Manifest, { file }: Start): string[] | undefined {
  if (manifest.files !== undefined) return undefined;
  const own = filesIn(snapshot, directory);
  const top = new Set(own.map((path) => path.split('/')[0]!));
  const isTracked = file === undefined || snapshot.files.has(joinPath(directory, file));
  if (!isTracked && file.includes('/')) {
    const output = file.split('/')[0]!;
    const extra = runtimeDirectories.filter((name) => top.has(name));
    const cache = output === '.next' ? ['!.next/cache', ...own.filter((path) => /^next\.config\.\w+$/.test(path))] : [];
    return output === 'dist' && extra.length === 0 ? undefined : [output, ...cache, ...extra];
  }
  const workspaces = new Set(
    [...manifest.workspaces, 'packages', 'apps', 'libs'].map((pattern) => pattern.split('/')[0]!),
  );
  const page =
    'build' in manifest.scripts && ('vite' in manifest.devDependencies || 'vite' in manifest.dependencies)
      ? ['dist']
      : [];
  const isPageSource = (name: string): boolean =>
    page.length > 0 &&
    (name === 'index.html' || name === 'public' || (name === 'src' && directoryOf(file ?? '') !== 'src'));
  const sources = [...top].filter(
    (name) =>
      !notRuntime.test(name) &&
      !isPageSource(name) &&
      (directory !== '' || !workspaces.has(name) || file?.startsWith(`${name}/`)),
  );
  return [...page, ...sources.toSorted()];
}
