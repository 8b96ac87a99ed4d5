import { readFile } from 'node:fs/promises';
import { ImageDepsError } from '../errors.ts';
import type { PlatformLimits } from '../platform.ts';

export type Dependencies = Readonly<Record<string, string>>;

/** A package.json. Fields of the wrong type are missing here, and unchanged in `raw`. */
export interface Manifest extends PlatformLimits {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Dependencies;
  readonly devDependencies: Dependencies;
  readonly optionalDependencies: Dependencies;
  readonly peerDependencies: Dependencies;
  /** The peers that may be missing. */
  readonly optionalPeers: ReadonlySet<string>;
  readonly scripts: Dependencies;
  /** Commands by name, each a path in the package. */
  readonly bin: Dependencies;
  /** The patterns of files that belong to the package. */
  readonly files: readonly string[] | undefined;
  /** Whether dependencies are part of the package's own archive. */
  readonly hasBundle: boolean;
  readonly raw: Readonly<Record<string, unknown>>;
}

/** @throws ImageDepsError MANIFEST_INVALID if it isn't a JSON object, or one of its dependency fields isn't one */
export async function readManifest(file: string): Promise<Manifest> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? "doesn't exist" : `can't be read (${error.code})`;
    throw new ImageDepsError('MANIFEST_INVALID', `${file} ${why}: run this in the directory of an app.`, {
      cause: error,
    });
  });
  return parseManifest(text, file);
}

export function parseManifest(text: string, file: string): Manifest {
  const raw = parseObject(text, file);
  for (const field of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'])
    if (raw[field] !== undefined && !isObject(raw[field]))
      throw new ImageDepsError('MANIFEST_INVALID', `${file}: "${field}" isn't an object of versions: correct it.`);
  const name = stringOf(raw['name']) ?? '';
  const optional = dependenciesOf(raw['optionalDependencies']);
  const meta = isObject(raw['peerDependenciesMeta']) ? raw['peerDependenciesMeta'] : {};
  const { bin, files } = raw;
  const bundle = raw['bundleDependencies'] ?? raw['bundledDependencies'];
  return {
    name,
    version: stringOf(raw['version']) ?? '0.0.0',
    dependencies: dependenciesOf(raw['dependencies']),
    devDependencies: dependenciesOf(raw['devDependencies']),
    optionalDependencies: optional,
    peerDependencies: dependenciesOf(raw['peerDependencies']),
    optionalPeers: new Set(
      Object.entries(meta).flatMap(([peer, value]) => (isObject(value) && value['optional'] === true ? [peer] : [])),
    ),
    scripts: dependenciesOf(raw['scripts']),
    bin: typeof bin === 'string' ? { [name.replace(/^@[^/]*\//, '')]: bin } : dependenciesOf(bin),
    files: Array.isArray(files) ? files.filter((pattern) => typeof pattern === 'string') : undefined,
    hasBundle: bundle === true || (Array.isArray(bundle) && bundle.length > 0),
    ...limitOf('os', raw),
    ...limitOf('cpu', raw),
    ...limitOf('libc', raw),
    raw,
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as Error;
    throw new ImageDepsError('MANIFEST_INVALID', `${file} isn't valid JSON (${message}): correct it.`, {
      cause: error,
    });
  }
  if (isObject(value)) return value;
  throw new ImageDepsError('MANIFEST_INVALID', `${file} isn't a JSON object: correct it.`);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function dependenciesOf(value: unknown): Dependencies {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, range]) => (typeof range === 'string' ? [[name, range]] : [])),
  );
}

function limitOf(field: 'os' | 'cpu' | 'libc', raw: Record<string, unknown>): PlatformLimits {
  const value = raw[field];
  const values = (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
  return values.length > 0 ? { [field]: values } : {};
}
