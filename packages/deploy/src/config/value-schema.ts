import { z } from 'zod';

/** @see https://devcenter.heroku.com/articles/platform-api-reference#app */
export const appNameGrammar = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;

export const appName = z
  .string()
  .regex(
    appNameGrammar,
    "isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter",
  );

/** Names that every JavaScript object has already, such as `constructor`, can't be told from declared ones. */
export function isReservedName(name: string): boolean {
  return name in Object.prototype;
}

const reservedName = 'is a reserved name: choose another one';

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "isn't a variable name: use letters, digits and _")
  .refine((name) => !isReservedName(name), reservedName);

export const configVarName = variableName.refine(
  (name) => name !== 'PORT',
  "can't be declared: Heroku sets PORT for each dyno, and the app has to listen on it",
);

export const environmentName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_-]{0,62}$/,
    "isn't an environment name: use lowercase letters, digits, - and _, starting with a letter",
  )
  .refine((name) => !isReservedName(name), reservedName);

export const processTypeGrammar = /^[a-z][a-z0-9_-]{0,62}$/;

/** Returns what Heroku and Docker can't store in a text, if anything. */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character, which no variable can contain';
  if (/\p{Surrogate}/u.test(text))
    return 'contains half of a surrogate pair, not a character: write the whole character';
  return undefined;
}

export const text = z.string().superRefine((value, context) => {
  const message = textProblem(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const fromEnv = variableName.describe('The environment variable to read the value from when the deploy runs.');

/** A build arg: part of the image, so never a secret. */
export const buildArg = z.union([text, z.strictObject({ fromEnv })], {
  error: valueError('must be a string, or { "fromEnv": "NAME" } to read it from the environment'),
});

export const configVar = z.union(
  [
    text,
    z.strictObject({
      fromEnv,
      secret: z
        .boolean()
        .default(true)
        .describe(
          'Whether no output and no image may contain the value. Write false for a value that anyone may see, such as an address.',
        ),
    }),
  ],
  { error: valueError('must be a string, or { "fromEnv": "NAME" } to read it from the environment') },
);

export const secretId = z
  .string()
  .regex(/^[\w.-]+$/, 'isn\'t a build secret ID: use letters, digits, "_", "." and "-"');

export const buildSecret = z.strictObject(
  { fromEnv },
  { error: 'must be { "fromEnv": "NAME" }: secrets don\'t belong in this file' },
);

/** A union reports only that nothing matched: says why a string, the usual case, didn't. */
function valueError(otherwise: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => (typeof input === 'string' ? textProblem(input) : undefined) ?? otherwise;
}
