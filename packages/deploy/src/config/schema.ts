import { z } from 'zod';

/*
 * The only schema of deploy.json: it gives the types, the errors and the published JSON schema (deploy.schema.json).
 * Editors show the `describe` texts.
 */

/** @see https://devcenter.heroku.com/articles/platform-api-reference#app */
export const appNameGrammar = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;

const appName = z
  .string()
  .regex(
    appNameGrammar,
    "isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter",
  )
  .describe("The Heroku app's name. HEROKU_APP is used when this is absent.");

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "isn't a variable name: use letters, digits and _");

const value = z.union(
  [
    z.string(),
    z.strictObject({
      fromEnv: variableName.describe('The environment variable to read the value from when the deploy runs.'),
    }),
  ],
  { error: 'must be a string, or { "fromEnv": "NAME" } to read it from the environment' },
);

const secretId = z.string().regex(/^[\w.-]+$/, 'isn\'t a build secret ID: use letters, digits, "_", "." and "-"');

const secretValue = z.strictObject(
  { fromEnv: variableName.describe('The environment variable to read the value from when the deploy runs.') },
  { error: 'must be { "fromEnv": "NAME" }: secrets don\'t belong in this file' },
);

const health = z.strictObject({
  path: z
    .string()
    .regex(/^\/(?![/\\])[^\s\\]*$/, 'must be a path of the app: start with one "/", without spaces and backslashes')
    .default('/')
    .describe('Requested from the app.'),
  status: z
    .int()
    .min(100, 'must be an HTTP status')
    .max(599, 'must be an HTTP status')
    .optional()
    .describe('The status of a healthy response. Absent: any 2xx.'),
  bodyIncludes: z
    .string()
    .min(1, 'must not be empty')
    .max(1000, 'must be at most 1000 characters')
    .optional()
    .describe('A text that a healthy response contains.'),
  successes: z
    .int()
    .min(1, 'must be 1 or more')
    .max(100, 'must be at most 100')
    .default(3)
    .describe('How many responses in a row must be healthy.'),
  versionHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "isn't a header name")
    .optional()
    .describe(
      'The response header in which the app reports its SOURCE_DIGEST. It lets the deploy prove that the new version responds.',
    ),
  timeoutSeconds: z
    .number()
    .positive('must be more than 0')
    .max(3600, 'must be at most 3600')
    .default(120)
    .describe('How long the new version may take to become healthy.'),
  holdSeconds: z.number().min(0).max(600).default(2).describe('How long the new version must stay healthy.'),
});

const command = z
  .array(z.string())
  .min(1, 'must contain a program')
  .describe("The command to run instead of the image's CMD: a program and its arguments.");

const dynos = z
  .int()
  .min(0, 'must be 0 or more')
  .max(100, 'must be at most 100')
  .describe('How many dynos to run. Absent: unchanged.');

const webProcess = z.strictObject({ command: command.optional(), dynos: dynos.optional(), health: health.optional() });
const releaseProcess = z.strictObject({ command: command.optional() });
const otherProcess = z.strictObject({ command: command.optional(), dynos: dynos.optional() });

const processes = z
  .object({
    web: webProcess.optional().describe('The process that serves requests.'),
    release: releaseProcess.optional().describe('Runs once before each release goes live, for example migrations.'),
  })
  .catchall(otherProcess)
  .refine(
    (types) => Object.keys(types).some((type) => type !== 'release'),
    'needs a process type other than "release", such as "web"',
  )
  .superRefine((types, context) => {
    for (const type of Object.keys(types)) {
      if (!/^[a-z][a-z0-9_-]{0,62}$/.test(type)) {
        context.addIssue({
          code: 'custom',
          path: [type],
          message: "isn't a process type: use lowercase letters, digits, - and _",
        });
      }
    }
  });

export const deployConfigSchema = z
  .strictObject({
    $schema: z.string().optional(),
    app: appName.optional(),
    dockerfile: z.string().min(1, 'must not be empty').default('Dockerfile').describe('Relative to this file.'),
    context: z.string().min(1).default('.').describe('The directory that COPY reads, relative to this file.'),
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
    buildArgs: z.record(variableName, value).default({}).describe("Values of the Dockerfile's ARGs."),
    buildSecrets: z
      .record(secretId, secretValue)
      .default({})
      .describe(
        'Values for RUN --mount=type=secret, by ID. Only the step that mounts one can read it; the image never contains it. Docker builder only.',
      ),
    processes,
    configVars: z
      .record(variableName, value)
      .default({})
      .describe("The app's config vars that this file owns. Others stay unchanged."),
    rollback: z
      .enum(['auto', 'never'], { error: 'must be "auto" or "never"' })
      .default('auto')
      .describe('Whether to roll back a new version that is unhealthy.'),
    ciVariables: z
      .strictObject({
        owner: z.enum(['terraform', 'tozo'], { error: 'must be "terraform" or "tozo"' }),
        required: z.array(variableName).min(1),
      })
      .optional()
      .describe('The GitLab CI/CD variables that a deploy needs, and who creates them.'),
  })
  .describe('How to deploy an app to Heroku.');

/** A parsed deploy.json, with defaults. */
export type DeployConfig = z.infer<typeof deployConfigSchema>;

/** A value in the file, or one that is read from the environment when the deploy runs. */
export type ConfigValue = z.infer<typeof value>;

/** What makes a web process healthy. */
export type HealthCheck = z.infer<typeof health>;

/** The health check in a deploy record. Another version of tozo may have written it, so unknown keys are ignored. */
export const recordedHealthSchema = z.object(health.shape);

/** The health check of an app that declares none. */
export const defaultHealthCheck: HealthCheck = health.parse({});
