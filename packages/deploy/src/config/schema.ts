import { z } from 'zod';

/*
 * deploy.json's one schema: from it come the types, the errors, the published JSON schema (deploy.schema.json) and the
 * reference page. `describe` texts are what editors show.
 */

/** @see https://devcenter.heroku.com/articles/platform-api-reference#app */
export const appNameGrammar = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;

const appName = z
  .string()
  .regex(
    appNameGrammar,
    'is not a Heroku app name: 3 to 30 lower-case letters, digits and dashes, starting with a letter',
  )
  .describe("The Heroku app's name. HEROKU_APP is used when this is absent.");

const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name for a variable: letters, digits and _');

const value = z.union(
  [
    z.string(),
    z.strictObject({
      fromEnv: variableName.describe('The environment variable that holds the value when the deploy runs.'),
    }),
  ],
  { error: 'must be a text, or { "fromEnv": "NAME" } for a value that is not written down here' },
);

const secretId = z.string().regex(/^[\w.-]+$/, 'is not a name for a build secret: letters, digits, "_", "." and "-"');

const secretValue = z.strictObject(
  { fromEnv: variableName.describe('The environment variable that holds the value when the deploy runs.') },
  { error: 'must be { "fromEnv": "NAME" }: a secret is not written down here' },
);

const health = z.strictObject({
  path: z
    .string()
    .startsWith('/', 'must start with "/"')
    .default('/')
    .describe('Requested from the app; any 2xx answer is healthy.'),
  versionHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "is not a header's name")
    .optional()
    .describe(
      'The answer header in which the app gives its SOURCE_DIGEST. With it, the deploy proves that the new version answers.',
    ),
  timeoutSeconds: z
    .number()
    .positive('must be more than 0')
    .max(3600, 'must be 3600 at most')
    .default(120)
    .describe('How long the new version may take to become healthy.'),
  holdSeconds: z.number().min(0).max(600).default(2).describe('How long it must stay healthy before it counts.'),
});

const command = z
  .array(z.string())
  .min(1, 'must name a program')
  .describe("What the process runs, instead of the image's CMD: a program and its arguments.");

const dynos = z
  .int()
  .min(0, 'must be 0 or more')
  .max(100, 'must be 100 at most')
  .describe('How many dynos to run. Absent: left as it is.');

const webProcess = z.strictObject({ command: command.optional(), dynos: dynos.optional(), health: health.optional() });
const releaseProcess = z.strictObject({ command: command.optional() });
const otherProcess = z.strictObject({ command: command.optional(), dynos: dynos.optional() });

const processes = z
  .object({
    web: webProcess.optional().describe('The process that takes requests.'),
    release: releaseProcess.optional().describe('Runs once before each release goes live, for example migrations.'),
  })
  .catchall(otherProcess)
  .refine(
    (types) => Object.keys(types).some((type) => type !== 'release'),
    'needs at least one process type that runs, such as "web"',
  )
  .superRefine((types, context) => {
    for (const type of Object.keys(types)) {
      if (!/^[a-z][a-z0-9_-]{0,62}$/.test(type)) {
        context.addIssue({
          code: 'custom',
          path: [type],
          message: 'is not a process type: lower-case letters, digits, - and _',
        });
      }
    }
  });

export const deployConfigSchema = z
  .strictObject({
    $schema: z.string().optional(),
    app: appName.optional(),
    dockerfile: z.string().min(1, 'must not be empty').default('Dockerfile').describe('Relative to this file.'),
    context: z.string().min(1).default('.').describe('The folder that COPY reads, relative to this file.'),
    builder: z
      .enum(['auto', 'direct', 'docker'], { error: 'must be "auto", "direct" or "docker"' })
      .default('auto')
      .describe('Who builds the image. auto: direct, without Docker, where the Dockerfile allows it.'),
    buildNetwork: z
      .string()
      .min(1)
      .optional()
      .describe('The network of RUN steps, as docker build --network. For the Docker builder.'),
    buildCache: z
      .boolean()
      .default(false)
      .describe(
        'Whether RUN steps that are the same as in the last deploy are taken from its image, by an engine that has nothing cached. For the Docker builder.',
      ),
    buildArgs: z.record(variableName, value).default({}).describe('Values for the ARGs of the Dockerfile.'),
    buildSecrets: z
      .record(secretId, secretValue)
      .default({})
      .describe(
        'Values for RUN --mount=type=secret, by their id: there while one step runs, and not in the image. For the Docker builder.',
      ),
    processes,
    configVars: z
      .record(variableName, value)
      .default({})
      .describe("The app's config vars that this file owns. Others are left as they are."),
    rollback: z
      .enum(['auto', 'never'], { error: 'must be "auto" or "never"' })
      .default('auto')
      .describe('What to do when the new version is not healthy.'),
    ciVariables: z
      .strictObject({
        owner: z.enum(['terraform', 'tozo'], { error: 'must be "terraform" or "tozo"' }),
        required: z.array(variableName).min(1),
      })
      .optional()
      .describe('The GitLab CI/CD variables that a deploy needs, and who makes them.'),
  })
  .describe('How an app is deployed to Heroku.');

/** A deploy.json as it was understood, defaults filled in. */
export type DeployConfig = z.infer<typeof deployConfigSchema>;

/** A value that stands in the file, or that is read from the environment when the deploy runs. */
export type ConfigValue = z.infer<typeof value>;

/** How a web process is judged. */
export type HealthCheck = z.infer<typeof health>;

/** The health check of an app that describes none. */
export const defaultHealthCheck: HealthCheck = health.parse({});
