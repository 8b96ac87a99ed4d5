import { InitError } from '../errors.ts';
import { joinPath, type Snapshot } from './snapshot.ts';

type Strings = Readonly<Record<string, string>>;

/** A package.json as far as it tells what an app is. */
export interface Manifest {
  readonly name?: string;
  readonly main?: string;
  readonly scripts: Strings;
  readonly dependencies: Strings;
  readonly devDependencies: Strings;
  readonly files?: readonly string[];
  readonly workspaces: readonly string[];
  readonly packageManager?: string;
  readonly node?: string;
}

/** Returns the package.json of a directory, and undefined if there is none. @throws InitError MANIFEST_INVALID */
export function readManifest(snapshot: Snapshot, directory: string): Manifest | undefined {
  const path = joinPath(directory, 'package.json');
  const text = snapshot.texts.get(path);
  if (text === undefined) return undefined;
  const raw = parseJsonObject(text, path);
  const { name, main, files, workspaces, packageManager, engines } = raw;
  const members = isObject(workspaces) ? workspaces['packages'] : workspaces;
  const node = isObject(engines) ? engines['node'] : undefined;
  return {
    ...(typeof name === 'string' && name !== '' ? { name } : {}),
    ...(typeof main === 'string' ? { main } : {}),
    scripts: strings(raw['scripts']),
    dependencies: { ...strings(raw['optionalDependencies']), ...strings(raw['dependencies']) },
    devDependencies: strings(raw['devDependencies']),
    ...(Array.isArray(files) ? { files: files.filter((file) => typeof file === 'string') } : {}),
    workspaces: Array.isArray(members) ? members.filter((member) => typeof member === 'string') : [],
    ...(typeof packageManager === 'string' ? { packageManager } : {}),
    ...(typeof node === 'string' ? { node } : {}),
  };
}

/** @throws InitError MANIFEST_INVALID */
export function parseJsonObject(text: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as Error;
    throw new InitError('MANIFEST_INVALID', `${path} isn't valid JSON (${message}): correct it, then run this again.`, {
      cause: error,
    });
  }
  if (isObject(value)) return value;
  throw new InitError('MANIFEST_INVALID', `${path} isn't a JSON object: correct it, then run this again.`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function strings(value: unknown): Strings {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
