import { Secret } from '@tozo/heroku-client';
import { DeployError } from '../errors.ts';
import { jobVariableProblem, unsetVariableCause } from './job-variable.ts';
import { environmentSecrets, type KnownSecret } from './known-secrets.ts';
import type { ConfigValue, DeployConfig } from './schema.ts';
import { textProblem } from './value-schema.ts';

/** The declared values, read from deploy.json and from the environment. */
export interface ResolvedValues {
  readonly configVars: Readonly<Record<string, Secret>>;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** By their ID in `RUN --mount=type=secret`. */
  readonly buildSecrets: Readonly<Record<string, Secret>>;
  /** What no output may contain: build secrets, config vars from the environment, and the environment's credentials. */
  readonly secrets: readonly Secret[];
  /** The same with their names, for whoever finds one in a file. */
  readonly knownSecrets: readonly KnownSecret[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Names and values of an app's config vars together, in bytes.
 * @see https://devcenter.heroku.com/articles/config-vars#limits
 */
const maxConfigVarBytes = 65_536;

/**
 * @throws DeployError ENVIRONMENT_INVALID, with the names of all variables that are missing or can't be stored;
 * CONFIG_INVALID if the config vars are larger than Heroku stores
 */
export function resolveValues(config: DeployConfig, env: Environment): ResolvedValues {
  const declared = [
    ...declaredValues('configVars', config.configVars),
    ...declaredValues('buildArgs', config.buildArgs),
    ...declaredValues('buildSecrets', config.buildSecrets),
  ];
  assertResolvable(declared, env);
  const configVars = resolve(config.configVars, env, (value) => new Secret(value));
  assertFits(configVars);
  const buildSecrets = resolve(config.buildSecrets, env, (value) => new Secret(value));
  const declaredPublic = declared.flatMap(({ value }) => (isPublic(value) ? [value.fromEnv] : []));
  const knownSecrets = distinct([
    ...Object.entries(config.configVars).flatMap(([name, value]) =>
      typeof value === 'string' || isPublic(value)
        ? []
        : [{ variable: value.fromEnv, value: configVars[name]!, remedy: configVarRemedy(name, value.fromEnv) }],
    ),
    ...Object.entries(config.buildSecrets).map(([id, { fromEnv }]) => ({
      variable: fromEnv,
      value: buildSecrets[id]!,
      remedy: 'Only RUN --mount=type=secret may read it.',
    })),
    ...environmentSecrets(env, declaredPublic),
  ]);
  const secrets = knownSecrets.map(({ value }) => value);
  return {
    configVars,
    buildArgs: resolve(config.buildArgs, env, (value) => value),
    buildSecrets,
    secrets,
    knownSecrets,
  };
}

interface DeclaredValue {
  /** Such as `configVars/LOG_LEVEL`. */
  readonly path: string;
  readonly value: ConfigValue;
}

function declaredValues(section: string, values: Readonly<Record<string, ConfigValue>>): DeclaredValue[] {
  return Object.entries(values).map(([name, value]) => ({ path: `${section}/${name}`, value }));
}

function assertResolvable(declared: readonly DeclaredValue[], env: Environment): void {
  const fromEnvironment = declared.flatMap(({ path, value }) =>
    typeof value === 'string' ? [] : [{ path, name: value.fromEnv, text: read(env, value.fromEnv) }],
  );
  const missing = fromEnvironment.filter(({ text }) => !text).map(({ name, path }) => `${name} (${path})`);
  const unusable = fromEnvironment.flatMap(({ name, path, text }) => {
    const problem = text && (textProblem(text) ?? jobVariableProblem(name, env));
    return problem ? [`${name} (${path}): ${problem}`] : [];
  });
  if (missing.length + unusable.length === 0) return;
  const problems = [
    ...(missing.length > 0
      ? [
          `deploy.json reads environment variables that aren't set:\n${lines(missing)}\nSet them where the deploy runs (for the sandbox: in .env.sandbox next to deploy.json).${causeInJob(fromEnvironment.find(({ text }) => !text)!.name, env)}`,
        ]
      : []),
    ...(unusable.length > 0 ? [`Environment variables can't be used:\n${lines(unusable)}\nSet them again.`] : []),
  ];
  throw new DeployError('ENVIRONMENT_INVALID', problems.join('\n'));
}

/** Explains a variable that GitLab doesn't set in this job, although the project may have it. */
function causeInJob(name: string, env: Environment): string {
  return read(env, 'GITLAB_CI') === undefined ? '' : ` ${unsetVariableCause(name, env)}`;
}

function assertFits(configVars: Readonly<Record<string, Secret>>): void {
  const sizes = Object.entries(configVars)
    .map(([name, value]) => ({ name, bytes: Buffer.byteLength(name) + Buffer.byteLength(value.reveal()) }))
    .toSorted((a, b) => b.bytes - a.bytes);
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= maxConfigVarBytes) return;
  const { name, bytes } = sizes[0]!;
  throw new DeployError(
    'CONFIG_INVALID',
    `The declared config vars have ${total} bytes, and Heroku stores at most ${maxConfigVarBytes} per app. The largest is ${name} with ${bytes} bytes: make it smaller, or put it into a file of the image or into a data store.`,
  );
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `  ${text}`).join('\n');
}

function isPublic(value: ConfigValue): value is { fromEnv: string; secret: false } {
  return typeof value === 'object' && 'secret' in value && !value.secret;
}

function configVarRemedy(name: string, variable: string): string {
  return `Only the config var ${name} may contain it, which the running app reads. If anyone may see the value, write "${name}": {"fromEnv": "${variable}", "secret": false} in deploy.json's configVars.`;
}

/** Keeps the first of the secrets from one variable. */
function distinct(secrets: readonly KnownSecret[]): KnownSecret[] {
  return [...new Map(secrets.toReversed().map((secret) => [secret.variable, secret])).values()].toReversed();
}

function read(env: Environment, name: string): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined;
}

function resolve<T>(
  values: Readonly<Record<string, ConfigValue>>,
  env: Environment,
  wrap: (value: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      wrap(typeof value === 'string' ? value : read(env, value.fromEnv)!),
    ]),
  );
}
