import { type Check, isText, keyBy, list, listOfDifferent, object, one, oneOf } from '../check/check.ts';
import { GitlabError } from '../gitlab/errors.ts';
import { type Deployment, type Environment, environmentTiers, type Variable } from '../gitlab/model.ts';
import { settableStatuses } from '../gitlab/routes/deployments.ts';
import { environmentNamePattern } from '../gitlab/routes/environments.ts';
import { createdVariable } from '../gitlab/variable-rules.ts';
import { projectPath, text } from './values.ts';

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

const environmentName = one(
  (value) => isText(value) && environmentNamePattern.test(value),
  "an environment's name, such as production",
);

const environment = object({ name: environmentName, tier: oneOf(...environmentTiers), external_url: text }, 'name');

const deployment = object(
  {
    environment: environmentName,
    sha: one((value) => isText(value) && /^[0-9a-f]{40}$/.test(value), "a commit's 40 hex digits"),
    ref: one((value) => isText(value) && value !== '', 'a branch or a tag'),
    status: oneOf(...settableStatuses),
  },
  'environment',
  'sha',
  'status',
);

const anything: Check = () => [];

const variableFields = object(
  {
    ...{ key: anything, value: anything, variable_type: anything, protected: anything, masked: anything },
    ...{ masked_and_hidden: anything, raw: anything, environment_scope: anything, description: anything },
  },
  'key',
  'value',
);

const variable: Check = (value, path) => {
  const problems = variableFields(value, path);
  if (problems.length > 0) return problems;
  try {
    createdVariable(value as Record<string, unknown>);
    return [];
  } catch (error) {
    if (error instanceof GitlabError)
      return [`${path}: ${JSON.stringify(error.body['message'] ?? error.body['error'])}`];
    throw error;
  }
};

const project = object(
  {
    path: projectPath,
    variables: listOfDifferent(
      variable,
      keyBy(({ key, environment_scope: scope = '*' }) => [key, scope]),
      'has the same key and environment scope as',
    ),
    environments: listOfDifferent(
      environment,
      keyBy(({ name }) => [name]),
      'has the same name as',
    ),
    deployments: list(deployment),
  },
  'path',
);

/** Checks a seed's projects. To GitLab, paths that differ only in case are the same. */
export const projects: Check = listOfDifferent(
  project,
  (item) => keyBy(({ path }) => [path])(item)?.toLowerCase(),
  'has the same path as',
);
