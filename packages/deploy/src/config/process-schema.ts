import { z } from 'zod';
import { isReservedName, processTypeGrammar, text } from './value-schema.ts';

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

/** What makes a web process healthy. */
export type HealthCheck = z.infer<typeof health>;

/** The health check in a deploy record. Another version of tozo may have written it, so unknown keys are ignored. */
export const recordedHealthSchema = z.object(health.shape);

/** The health check of an app that declares none. */
export const defaultHealthCheck: HealthCheck = health.parse({});

const command = z
  .array(text)
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

export const processes = z
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
      const message = typeProblem(type);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [type], message });
    }
  });

function typeProblem(type: string): string | undefined {
  if (!processTypeGrammar.test(type)) return "isn't a process type: use lowercase letters, digits, - and _";
  return isReservedName(type) ? 'is a reserved name: choose another one' : undefined;
}
