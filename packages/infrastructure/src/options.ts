import * as z from 'zod';
import { parseWith } from './constructs/describe-issues.ts';
import { lazily } from './constructs/lazily.ts';
import {
  environmentName,
  herokuAppName,
  herokuRegions,
  literalScope,
  namespaceId,
  projectDescription,
  projectName,
  projectPath,
  projectReference,
  teamName,
  visibility,
} from './constructs/values.ts';
import { InfrastructureError } from './errors.ts';

const version = z
  .string()
  .regex(
    /^(?:(?:=|!=|>=|<=|>|<|~>)? *\d+(?:\.\d+){0,2}(?:, *(?!$)|$))+$/,
    'isn\'t a version constraint: use one such as "~> 5.3"',
  );

const gitlabProject = lazily(() =>
  z.strictObject({
    /** Required for a new project. An existing one keeps its name without it. */
    name: projectName.optional(),
    /** The last part of the project's URL. Default: derived from the name. */
    path: projectPath.optional(),
    /** The ID of the group or user that owns the project. Default: yours. */
    namespaceId: namespaceId.optional(),
    description: projectDescription.optional(),
    /** Default: `private` for a new project; an existing one stays as it is. */
    visibility: visibility.optional(),
    /** The API of a self-managed GitLab: `https://gitlab.example.com/api/v4/`. */
    baseUrl: z
      .string()
      .regex(/^https:\/\/[^\s$%]+$/, 'must be an https URL, because it receives a token')
      .optional(),
  }),
);

const options = lazily(() =>
  z.strictObject({
    /** The Heroku app's name, unique on Heroku. */
    appName: herokuAppName,
    /** Default: `us` for a new app; an existing one stays where it is. */
    region: z.enum(herokuRegions).optional(),
    /** The Heroku team that owns the app. Default: you. */
    team: teamName.optional(),
    gitlab: gitlabProject(),
    /**
     * The GitLab environments whose jobs get the three variables. Apps are deployed to `production/APP`, which `production/*`
     * covers and `production` doesn't; `*` would show the key to every job.
     */
    environmentScope: literalScope.default('production/*'),
    /** Environments that only Maintainers deploy to, each by its whole name. GitLab Premium. */
    protectedEnvironments: z.array(environmentName).default([]),
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
        gitlabProject: projectReference.optional(),
        variablesScope: literalScope.optional(),
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
  }),
);

const schema = lazily(() =>
  options().superRefine(({ gitlab, existing }, context) => {
    const require = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (existing.gitlabProject !== undefined) return;
    if (gitlab.name === undefined) require(['gitlab', 'name'], 'is required for a new project');
    if (existing.variablesScope !== undefined)
      require([
        'existing',
        'gitlabProject',
      ], 'is required with existing.variablesScope: a new project has no variables');
  }),
);

/** Options of {@link DeployInfrastructure}. Only `appName` and a new project's `gitlab.name` are required. */
export type InfrastructureOptions = z.input<ReturnType<typeof schema>>;
export type CompleteInfrastructureOptions = z.output<ReturnType<typeof schema>>;

/**
 * Validates the options and adds the defaults.
 * @throws InfrastructureError OPTIONS_INVALID, with all problems at once, each with its path
 */
export function parseOptions(options: InfrastructureOptions): CompleteInfrastructureOptions {
  return parseWith(schema, options, "The infrastructure's options are invalid");
}

/** Validates a name of resources in Terraform. @throws InfrastructureError OPTIONS_INVALID */
export function parseResourceName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name)) return name;
  throw new InfrastructureError(
    'OPTIONS_INVALID',
    `"${name}" isn't a valid Terraform name: use letters, digits, "_" and "-", starting with a letter or "_".`,
  );
}
