import { z } from 'zod';
import { ciVariables } from './ci-variable-schema.ts';
import { environments } from './environment-schema.ts';
import { processes } from './process-schema.ts';
import { appName, buildArg, buildSecret, configVar, configVarName, secretId, variableName } from './value-schema.ts';

/*
 * The only schema of deploy.json: it gives the types, the errors and the published JSON schema (deploy.schema.json).
 * Editors show the `describe` texts.
 */

export { type Environment } from './environment-schema.ts';
export { defaultHealthCheck, type HealthCheck, recordedHealthSchema } from './process-schema.ts';
export { appNameGrammar } from './value-schema.ts';

export const deployConfigSchema = z
  .strictObject({
    $schema: z.string().optional(),
    app: appName.optional().describe("The Heroku app's name. HEROKU_APP is used when this is absent."),
    dockerfile: z.string().min(1, 'must not be empty').default('Dockerfile').describe('Relative to this file.'),
    context: z.string().min(1).default('.').describe('The directory that COPY reads, relative to this file.'),
    stages: z
      .record(z.string().min(1), z.string().min(1, 'must not be empty'))
      .optional()
      .describe(
        'Directories, relative to this file, by the name of the stage that each replaces in COPY --from: what an earlier job built. Without Docker only.',
      ),
    builder: z
      .enum(['auto', 'direct', 'docker'], { error: 'must be "auto", "direct" or "docker"' })
      .default('auto')
      .describe('The builder of the image. auto: direct, without Docker, if it supports the Dockerfile.'),
    buildNetwork: z
      .string()
      .min(1)
      .optional()
      .describe('The network of RUN steps, as in docker build --network. Docker builder only.'),
    buildCache: z
      .boolean()
      .default(false)
      .describe(
        "Whether a Docker Engine with an empty cache reuses unchanged RUN steps from the last deploy's image. Docker builder only.",
      ),
    buildArgs: z.record(variableName, buildArg).default({}).describe("Values of the Dockerfile's ARGs."),
    buildSecrets: z
      .record(secretId, buildSecret)
      .default({})
      .describe(
        'Values for RUN --mount=type=secret, by ID. Only the step that mounts one can read it; the image never contains it. Docker builder only.',
      ),
    processes,
    configVars: z
      .record(configVarName, configVar)
      .default({})
      .describe("The app's config vars that this file owns. Others stay unchanged."),
    rollback: z
      .enum(['auto', 'never'], { error: 'must be "auto" or "never"' })
      .default('auto')
      .describe('Whether to roll back a new version that is unhealthy.'),
    environments: environments
      .optional()
      .describe('The apps that this project is deployed to, by name: tozo deploy --environment NAME.'),
    ciVariables: ciVariables
      .optional()
      .describe(
        'The GitLab CI/CD variables that a deploy needs, and who creates them. Each is set for NAME/*, NAME being an environment of this file, or production.',
      ),
  })
  .describe('How to deploy an app to Heroku.');

/** A parsed deploy.json, with defaults. */
export type DeployConfig = z.infer<typeof deployConfigSchema>;

/** A value in the file, or one that is read from the environment when the deploy runs. */
export type ConfigValue = z.infer<typeof configVar> | z.infer<typeof buildArg>;
