import {
  assertNone,
  type Check,
  flag,
  isText,
  keyBy,
  list,
  listOfDifferent,
  mapOf,
  object,
  one,
  oneOf,
  wholeNumber,
} from '../check/check.ts';
import { projects, type SeedProject } from './project.ts';
import { appName, layoutDirectory, text, time } from './values.ts';
import { stackNames } from '../heroku/api/catalog.ts';
import { limitProblem } from '../heroku/state/dyno-limits.ts';
import { formationOf } from './seed-formation.ts';
import { readSizeName, typePattern } from '../heroku/routes/formation-update.ts';
import { isRecord } from '../http/exchange.ts';

/** What a sandbox contains from the start. What exists already stays as it is. */
export interface Seed {
  /** The time at the first start, in ISO format; the option `time` wins. */
  readonly time?: string;
  readonly apps?: readonly SeedApp[];
  readonly projects?: readonly SeedProject[];
}

export interface SeedApp {
  readonly name: string;
  /** Default: `container`. */
  readonly stack?: string;
  readonly maintenance?: boolean;
  /** Those before the first of `releases`. */
  readonly configVars?: Readonly<Record<string, string>>;
  /** From the oldest to the newest; each becomes one release. */
  readonly releases?: readonly SeedRelease[];
  /** By process type, after the last release. */
  readonly formation?: Readonly<Record<string, SeedProcessType>>;
}

/** A release's changes to the one before it. */
export interface SeedRelease {
  /** By process type. */
  readonly images?: Readonly<Record<string, SeedImage>>;
  /** The commands of process types that differ from their image's. */
  readonly commands?: Readonly<Record<string, string>>;
  readonly configVars?: Readonly<Record<string, string>>;
  /** Default: as Heroku describes such a release. */
  readonly description?: string;
}

/** Files on top of the stand-in for `node`, or the directory of an OCI image layout. */
export type SeedImage = SeedFiles | { readonly layout: string };

export interface SeedFiles {
  /** Contents by path in the image, such as `app/main.js`. */
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  /** `NAME=value` */
  readonly env?: readonly string[];
  /** Default: `/app`. */
  readonly workingDir?: string;
}

export interface SeedProcessType {
  readonly quantity?: number;
  readonly size?: string;
}

const texts = list(text);
const env = list(one((value) => isText(value) && /^[^=]+=/.test(value), 'of the form NAME=value'));
const configVars = mapOf((key) => /^\w+$/.test(key), 'may only contain letters, digits and underscores', text);
const typeMap = (check: Check) => mapOf((key) => typePattern.test(key), "isn't a process type", check);

const isPath = (path: string) => path.split('/').every((part) => !['', '.', '..'].includes(part)) && isText(path);

const files: Check = (value, path) => [
  ...mapOf(isPath, 'must be a path in the image, such as app/main.js', text)(value, path),
  ...directoriesIn(isRecord(value) ? Object.keys(value) : []).map((name) => `${path}.${name} is also a directory`),
];

/** Returns the paths that are directories of others. */
function directoriesIn(paths: readonly string[]): string[] {
  return paths.filter((path) => paths.some((other) => other.startsWith(`${path}/`)));
}

const image: Check = (value, path) => {
  if (!isRecord(value) || !Object.hasOwn(value, 'layout')) {
    return object({ files, command: texts, env, workingDir: text }, 'files', 'command')(value, path);
  }
  return object({ layout: layoutDirectory }, 'layout')(value, path);
};

const releaseFields = object({ images: typeMap(image), configVars, commands: typeMap(text), description: text });

const release: Check = (value, path) => {
  const isEmpty =
    isRecord(value) &&
    Object.values(value).every((item) => item === undefined || (isRecord(item) && keysOf(item).length === 0));
  const problem = `${path} changes nothing: it needs images, commands, configVars or a description`;
  return [...releaseFields(value, path), ...(isEmpty ? [problem] : [])];
};

const keysOf = (value: unknown): string[] => (isRecord(value) ? Object.keys(value) : []);

const size: Check = (value, path) => {
  try {
    readSizeName(String(value));
    return [];
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : String(error)}`];
  }
};

const formation = typeMap(object({ quantity: wholeNumber(0, 100), size }));

const appFields = object(
  {
    name: appName,
    stack: oneOf(...stackNames),
    maintenance: flag,
    configVars,
    releases: list(release),
    formation,
  },
  'name',
);

const app: Check = (value, path) => {
  const problems = [...appFields(value, path), ...missingImages(value, path)];
  const limit = problems.length === 0 ? limitProblem(formationOf(value as SeedApp)) : undefined;
  return limit === undefined ? problems : [`${path}.formation: ${limit}`];
};

/** Without an image, a process type is neither in the formation nor has a command. */
function missingImages(value: unknown, path: string): string[] {
  if (!isRecord(value)) return [];
  const releases: unknown[] = Array.isArray(value['releases']) ? value['releases'] : [];
  const known = new Set<string>();
  const without = (field: unknown): string[] => keysOf(field).filter((type) => !known.has(type));
  const problems = releases.flatMap((one, index) => {
    const { images, commands } = isRecord(one) ? one : {};
    for (const type of keysOf(images)) known.add(type);
    return without(commands).map((type) => `${path}.releases[${index}].commands.${type} has no image yet`);
  });
  const unknown = without(value['formation']).map(
    (type) => `${path}.formation.${type} has no image: add one to a release`,
  );
  return [...problems, ...unknown];
}

/** Checks a seed: returns what is wrong with it. */
export const checkSeed: Check = object({
  time,
  apps: listOfDifferent(
    app,
    keyBy(({ name }) => [name]),
    'has the same name as',
  ),
  projects,
});

/**
 * Returns a valid seed.
 * @param place what the value is from, for errors
 * @throws SandboxError OPTION_INVALID with everything that is wrong
 */
export function parseSeed(value: unknown, place: string): Seed {
  assertNone(checkSeed(value, ''), place, 'the seed has');
  return value as Seed;
}
