import { z } from 'zod';
import { InfrastructureError } from './errors.ts';

/** Heroku's regions: `us` and `eu` for every app, the others for apps in a Private Space. @see https://devcenter.heroku.com/articles/regions */
export const herokuRegions = [
  'us',
  'eu',
  'dublin',
  'frankfurt',
  'london',
  'montreal',
  'mumbai',
  'oregon',
  'singapore',
  'sydney',
  'tokyo',
  'virginia',
] as const;

/** A string without `${…}` and `%{…}`, which Terraform would evaluate. */
const text = z
  .string()
  .min(1, 'must not be empty')
  .regex(/^(?![^]*[$%]\{)/, 'must not contain ${ or %{, which Terraform evaluates');

const appName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/,
    "isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter",
  );

const version = z
  .string()
  .regex(
    /^(?:(?:=|!=|>=|<=|>|<|~>)? *\d+(?:\.\d+){0,2}(?:, *(?!$)|$))+$/,
    'isn\'t a version constraint: use one such as "~> 5.3"',
  );

const gitlabProject = z.strictObject({
  /** Required for a new project. An existing one keeps its name without it. */
  name: text.optional(),
  /** The last part of the project's URL. Default: derived from the name. */
  path: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'isn\'t a path: use letters, digits, "_", "-" and "."')
    .optional(),
  /** The ID of the group or user that owns the project. Default: yours. */
  namespaceId: z.number().int().positive('must be greater than 0').optional(),
  description: text.optional(),
  /** Default: `private` for a new project; an existing one stays as it is. */
  visibility: z.enum(['private', 'internal', 'public']).optional(),
  /** The API of a self-managed GitLab: `https://gitlab.example.com/api/v4/`. */
  baseUrl: z
    .string()
    .regex(/^https:\/\/[^\s$%]+$/, 'must be an https URL, because it receives a token')
    .optional(),
});

/** @see https://docs.gitlab.com/api/protected_environments/ */
const protectedEnvironment = z
  .string()
  .regex(/^[^*]*$/, {
    error: ({ input }) =>
      `is "${String(input)}", but GitLab matches no wildcards here: name each environment, such as production/shop`,
  })
  .regex(/^(?:[\w\-/. ]{1,255}|.*\*.*)$/, "isn't an environment's name: use letters, digits, spaces and -_/.");

const options = z.strictObject({
  /** The Heroku app's name, unique on Heroku. */
  appName,
  /** Default: `us` for a new app; an existing one stays where it is. */
  region: z.enum(herokuRegions).optional(),
  /** The Heroku team that owns the app. Default: you. */
  team: text.optional(),
  gitlab: gitlabProject,
  /**
   * The GitLab environments whose jobs get the three variables. Apps are deployed to `production/APP`, which `production/*`
   * covers and `production` doesn't; `*` would show the key to every job.
   */
  environmentScope: text.default('production/*'),
  /** Environments that only Maintainers deploy to, each by its whole name. GitLab Premium. */
  protectedEnvironments: z.array(protectedEnvironment).default([]),
  /**
   * Where Terraform stores its state. `gitlab` is the HTTP backend with its address in TF_HTTP_* variables, as for
   * GitLab-managed state; `local` is a file next to cdk.tf.json. Both contain the API key in plain text.
   */
  backend: z.enum(['gitlab', 'local']).default('gitlab'),
  /**
   * What already exists and is imported instead of created: the app, the project by its full path or ID, and the project's three
   * variables by the environment scope they have now. What the options leave out stays as it is.
   */
  existing: z
    .strictObject({
      herokuApp: z.boolean().optional(),
      gitlabProject: text.optional(),
      variablesScope: text.optional(),
    })
    .default({}),
  /** Whether Terraform refuses to destroy the app and the project with its repository. */
  protectFromDestroy: z.boolean().default(true),
  /** Version constraints of the two providers. */
  providerVersions: z
    .strictObject({
      heroku: version.default('~> 5.3'),
      gitlab: version.default('~> 18.0'),
    })
    .prefault({}),
});

const schema = options.superRefine(({ gitlab, existing }, context) => {
  const require = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
  if (existing.gitlabProject !== undefined) return;
  if (gitlab.name === undefined) require(['gitlab', 'name'], 'is required for a new project');
  if (existing.variablesScope !== undefined)
    require(['existing', 'gitlabProject'], 'is required with existing.variablesScope: a new project has no variables');
});

/** Options of {@link DeployInfrastructure}. Only `appName` and a new project's `gitlab.name` are required. */
export type InfrastructureOptions = z.input<typeof schema>;
export type CompleteInfrastructureOptions = z.output<typeof schema>;

/**
 * Validates the options and adds the defaults.
 * @throws InfrastructureError OPTIONS_INVALID, with all problems at once, each with its path
 */
export function parseOptions(options: InfrastructureOptions): CompleteInfrastructureOptions {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => describeIssue(issue, options));
  throw new InfrastructureError('OPTIONS_INVALID', `The infrastructure's options are invalid:\n${lines.join('\n')}`);
}

/** Validates a name of resources in Terraform. @throws InfrastructureError OPTIONS_INVALID */
export function parseResourceName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return name;
  throw new InfrastructureError(
    'OPTIONS_INVALID',
    `"${name}" isn't a valid Terraform name: use letters, digits, "_" and "-", starting with a letter or "_".`,
  );
}

const kinds: Readonly<Record<string, string>> = {
  object: 'an object',
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  int: 'an integer',
};

function describeIssue(issue: z.core.$ZodIssue, options: unknown): string[] {
  const path = issue.path.join('.');
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `  ${at(key)}: unknown option`);
    case 'invalid_value':
      return [`  ${path}: must be one of ${issue.values.join(', ')}`];
    case 'invalid_type': {
      const missing = valueAt(options, issue.path) === undefined;
      return [
        `  ${path || 'options'}: ${missing ? 'is required' : `must be ${kinds[issue.expected] ?? issue.expected}`}`,
      ];
    }
    default:
      return [`  ${path}: ${issue.message}`];
  }
}

function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], options);
}
