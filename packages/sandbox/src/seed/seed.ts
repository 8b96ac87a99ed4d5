import { assertNone, type Check, flag, isText, list, mapOf, object, one, oneOf, wholeNumber } from '../check/check.ts';
import { appName, layoutDirectory, projectPath, text, time } from './values.ts';
import { GitlabError } from '../gitlab/errors.ts';
import { type Deployment, type Environment, environmentTiers, type Variable } from '../gitlab/model.ts';
import { settableStatuses } from '../gitlab/routes/deployments.ts';
import { createdVariable } from '../gitlab/variable-rules.ts';
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

export interface SeedProject {
  /** `group/name` */
  readonly path: string;
  /** CI/CD variables, as GitLab's API creates them. */
  readonly variables?: readonly SeedVariable[];
  readonly environments?: readonly SeedEnvironment[];
  /** From the oldest to the newest; their environments are created if missing. */
  readonly deployments?: readonly SeedDeployment[];
}

export type SeedEnvironment = Pick<Environment, 'name'> & Partial<Pick<Environment, 'tier' | 'external_url'>>;

export type SeedDeployment = Pick<Deployment, 'environment' | 'sha' | 'status'> & Partial<Pick<Deployment, 'ref'>>;

export type SeedVariable = Pick<Variable, 'key' | 'value'> & Partial<Omit<Variable, 'hidden'>>;

const texts = list(text);
const configVars = mapOf((key) => /^\w+$/.test(key), 'may only contain letters, digits and underscores', text);
const typeMap = (check: Check) => mapOf((key) => typePattern.test(key), "isn't a process type", check);

const files = mapOf(
  (path) => path.split('/').every((part) => !['', '.', '..'].includes(part)) && isText(path),
  'must be a path in the image, such as app/main.js',
  text,
);

const image: Check = (value, path) => {
  if (!isRecord(value) || !Object.hasOwn(value, 'layout')) {
    return object({ files, command: texts, env: texts, workingDir: text }, 'files', 'command')(value, path);
  }
  return object({ layout: layoutDirectory })(value, path);
};

const release = object({ images: typeMap(image), configVars, commands: typeMap(text), description: text });

const size: Check = (value, path) => {
  try {
    readSizeName(String(value));
    return [];
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : String(error)}`];
  }
};

const formation = typeMap(object({ quantity: wholeNumber(0, 100), size }));

const environment = object(
  {
    name: text,
    tier: oneOf(...environmentTiers),
    external_url: text,
  },
  'name',
);

const deployment = object(
  {
    environment: text,
    sha: one((value) => isText(value) && /^[0-9a-f]{40}$/.test(value), "a commit's 40 hex digits"),
    ref: text,
    status: oneOf(...settableStatuses),
  },
  'environment',
  'sha',
  'status',
);

const variable: Check = (value, path) => {
  if (!isRecord(value)) return [`${path} must be an object`];
  try {
    createdVariable(value);
    return [];
  } catch (error) {
    if (error instanceof GitlabError)
      return [`${path}: ${JSON.stringify(error.body['message'] ?? error.body['error'])}`];
    throw error;
  }
};

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

/** Without an image, a process type isn't in the formation. */
function missingImages(value: unknown, path: string): string[] {
  if (!isRecord(value) || !isRecord(value['formation'])) return [];
  const releases: unknown[] = Array.isArray(value['releases']) ? value['releases'] : [];
  const images = releases.flatMap((one) =>
    isRecord(one) && isRecord(one['images']) ? Object.keys(one['images']) : [],
  );
  return Object.keys(value['formation'])
    .filter((type) => !images.includes(type))
    .map((type) => `${path}.formation.${type} has no image: add one to a release`);
}

/** Checks a seed: returns what is wrong with it. */
export const checkSeed: Check = object({
  time,
  apps: list(app),
  projects: list(
    object(
      {
        path: projectPath,
        variables: list(variable),
        environments: list(environment),
        deployments: list(deployment),
      },
      'path',
    ),
  ),
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
