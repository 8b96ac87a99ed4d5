import { z } from 'zod';
import { appName, configVar, configVarName, environmentName } from './value-schema.ts';

const environment = z.strictObject({
  app: appName.describe("The Heroku app's name in this environment."),
  after: z
    .strictObject({
      environment: z.string().describe('The environment that has to run them first.'),
      within: z
        .string()
        .regex(/^[1-9]\d{0,3}[mhd]$/, 'must be a number of minutes, hours or days, such as "30m", "24h" or "7d"')
        .describe('How long ago they may have been verified there, such as 24h.'),
    })
    .optional()
    .describe(
      'Which images this environment accepts, from tozo promote and from tozo deploy: those that another one runs.',
    ),
  configVars: z
    .record(configVarName, configVar)
    .default({})
    .describe('Config vars of this environment, in addition to those of all environments or in their place.'),
});

/** One of deploy.json's environments. */
export type Environment = z.infer<typeof environment>;

export const environments = z
  .record(environmentName, environment)
  .refine((declared) => Object.keys(declared).length > 0, 'must contain an environment, such as "production"')
  .superRefine((declared, context) => {
    const names = Object.keys(declared);
    for (const [name, { app, after }] of Object.entries(declared)) {
      const problem = (path: string[], message: string): void =>
        context.addIssue({ code: 'custom', path: [name, ...path], message });
      const same = names.slice(0, names.indexOf(name)).find((other) => declared[other]!.app === app);
      if (same !== undefined) problem(['app'], `is the app of the environment ${same} already: use another app`);
      if (after && !Object.hasOwn(declared, after.environment)) {
        problem(['after', 'environment'], `isn't an environment of this file: use ${names.join(', ')}`);
      } else if (after && isCircular(declared, name)) {
        problem(['after', 'environment'], 'comes after this environment itself: remove one "after"');
      }
    }
  });

function isCircular(declared: Readonly<Record<string, Environment>>, name: string): boolean {
  const seen = new Set<string>();
  let next: string | undefined = name;
  while (next !== undefined && !seen.has(next)) {
    seen.add(next);
    next = declared[next]?.after?.environment;
  }
  return next === name;
}
