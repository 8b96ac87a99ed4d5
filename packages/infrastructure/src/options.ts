import { z } from 'zod';
import { InfrastructureError } from './errors.ts';

/** Heroku's regions: two for everybody, the others for apps in a private space. @see https://devcenter.heroku.com/articles/regions */
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

/** A text that goes into the file as it is: Terraform would evaluate `${…}` and `%{…}` in it. */
const text = z
  .string()
  .min(1, 'must not be empty')
  .regex(/^(?![^]*[$%]\{)/, 'must not hold ${ or %{: Terraform would read it as an expression');

const appName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/,
    'is not a Heroku app name: 3 to 30 lower-case letters, digits and dashes, starting with a letter',
  );

const version = z
  .string()
  .regex(
    /^(?:(?:=|!=|>=|<=|>|<|~>)? *\d+(?:\.\d+){0,2}(?:, *(?!$)|$))+$/,
    'is not a version constraint such as "~> 5.3"',
  );

const gitlabProject = z.strictObject({
  /** The project's name. */
  name: text,
  /** The last part of its address; made from the name when absent. */
  path: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'is not a path: letters, digits, "_", "-" and "."')
    .optional(),
  /** The number of the group or user it belongs to; yours when absent. */
  namespaceId: z.number().int().positive('must be more than 0').optional(),
  description: text.optional(),
  visibility: z.enum(['private', 'internal', 'public']).default('private'),
  /** The address of the API of a GitLab of your own: `https://gitlab.example.com/api/v4/`. */
  baseUrl: z
    .string()
    .regex(/^https:\/\/[^\s$%]+$/, 'must be an https address: a token is sent there')
    .optional(),
});

const schema = z.strictObject({
  /** The Heroku app's name, which is also the start of its address: no other app in the world has it. */
  appName,
  region: z.enum(herokuRegions).default('us'),
  /** The Heroku team that owns the app; you when absent. */
  team: text.optional(),
  gitlab: gitlabProject,
  /** The environment in GitLab that the three variables are for; `*` is every one. */
  environmentScope: text.default('*'),
  /**
   * Where Terraform keeps its state: `gitlab` is the HTTP backend, whose address TF_HTTP_* variables give, as in GitLab's
   * own Terraform state; `local` is a file beside cdk.tf.json. Either way the API key lies in it in clear.
   */
  backend: z.enum(['gitlab', 'local']).default('gitlab'),
  /** What is there already and is taken over instead of made: the app, and the project by its full path or number. */
  existing: z
    .strictObject({
      herokuApp: z.boolean().optional(),
      gitlabProject: text.optional(),
    })
    .default({}),
  /** Whether Terraform refuses to destroy the app and the project, its repository included. */
  protectFromDestroy: z.boolean().default(true),
  /** Version constraints of the two providers. */
  providerVersions: z
    .strictObject({
      heroku: version.default('~> 5.3'),
      gitlab: version.default('~> 18.0'),
    })
    .prefault({}),
});

/** What {@link DeployInfrastructure} is told; only `appName` and `gitlab.name` are needed. */
export type InfrastructureOptions = z.input<typeof schema>;
export type CompleteInfrastructureOptions = z.output<typeof schema>;

/**
 * Fills in the defaults.
 * @throws InfrastructureError OPTIONS_INVALID that lists everything that is wrong, each with its path
 */
export function parseOptions(options: InfrastructureOptions): CompleteInfrastructureOptions {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.flatMap((issue) => describe(issue, options));
  throw new InfrastructureError('OPTIONS_INVALID', `The infrastructure's options are not valid.\n${lines.join('\n')}`);
}

/** Names of resources in Terraform. @throws InfrastructureError OPTIONS_INVALID */
export function parseResourceName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return name;
  throw new InfrastructureError(
    'OPTIONS_INVALID',
    `"${name}" cannot name resources in Terraform: use letters, digits, "_" and "-", starting with a letter.`,
  );
}

const kinds: Readonly<Record<string, string>> = {
  object: 'an object',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

function describe(issue: z.core.$ZodIssue, options: unknown): string[] {
  const path = issue.path.join('.');
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `  ${at(key)}: is not an option`);
    case 'invalid_value':
      return [`  ${path}: must be one of ${issue.values.join(', ')}`];
    case 'invalid_type': {
      const missing = valueAt(options, issue.path) === undefined;
      return [
        `  ${path || 'options'}: ${missing ? 'is missing' : `must be ${kinds[issue.expected] ?? issue.expected}`}`,
      ];
    }
    default:
      return [`  ${path}: ${issue.message}`];
  }
}

function valueAt(options: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], options);
}
