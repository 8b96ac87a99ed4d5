import { z } from 'zod';
import { variableName } from './value-schema.ts';

const ciVariable = z.union(
  [
    variableName,
    z.strictObject({
      key: variableName.describe("The variable's name in jobs."),
      fromEnv: variableName
        .optional()
        .describe('The environment variable that tozo ci variables sync reads the value from. Default: the key.'),
      type: z.enum(['env_var', 'file']).optional().describe('file: jobs get the path of a file with the value.'),
      protected: z.boolean().optional().describe('Only for protected branches and tags. Default true.'),
      masked: z
        .boolean()
        .optional()
        .describe('Masked in job logs. Default true, except HEROKU_APP and HEROKU_USERNAME.'),
      hidden: z.boolean().optional().describe('Masked, and never shown again by GitLab.'),
      raw: z.boolean().optional().describe("Whether $ in the value isn't expanded. Default true."),
      description: z.string().optional(),
    }),
  ],
  { error: 'must be a variable name, or { "key": "NAME", … }' },
);

/** The GitLab CI/CD variables of a project: each is set once per environment, for the scope `NAME/*`. */
export const ciVariables = z.strictObject({
  owner: z.enum(['terraform', 'tozo'], { error: 'must be "terraform" or "tozo"' }),
  required: z
    .array(ciVariable)
    .min(1)
    .superRefine((declared, context) => {
      const keys = declared.map((one) => (typeof one === 'string' ? one : one.key));
      for (const [index, key] of keys.entries()) {
        if (keys.indexOf(key) < index)
          context.addIssue({ code: 'custom', path: [index], message: `${key} is declared twice: keep one` });
      }
    }),
});
