import * as z from 'zod';

const noExpression = [/^(?![^]*[$%]\{)/, 'must not contain ${ or %{, which Terraform evaluates'] as const;

/** A string without `${…}` and `%{…}`, which Terraform would evaluate. */
export const text = z
  .string()
  .min(1, 'must not be empty')
  .regex(...noExpression);

/** A reference, which cdktf writes as `${TfToken[…]}` until the file is rendered. */
const token = z.string().regex(/^\$\{.+\}$/s);

/** Whether a value is known only to Terraform. */
export function isReference(value: unknown): boolean {
  return typeof value === 'string' && /\$\{/.test(value);
}

/** A secret, which only a reference keeps out of the file. */
export const secretReference = z
  .string()
  .refine(
    isReference,
    "is a literal, which the file would contain in plain text: declare a TerraformVariable, use its stringValue, and set TF_VAR_ followed by the variable's name",
  );

/** A literal that passes `check`, or a reference to another resource or a variable. */
export function literalOrReference(check: z.ZodType<string>): z.ZodType<string> {
  return z.string().superRefine((value, context) => {
    if (token.safeParse(value).success) return;
    const parsed = check.safeParse(value);
    for (const { message } of parsed.error?.issues ?? []) context.addIssue({ code: 'custom', message });
  });
}

/** A reference, or text that Terraform takes literally. */
export const value = literalOrReference(text);

/** @see https://devcenter.heroku.com/articles/platform-api-reference#app (pattern of `name`) */
export const herokuAppName = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/,
    "isn't a Heroku app name: use 3 to 30 lowercase letters, digits and dashes, starting with a letter",
  );

/** The provider refuses an app's name where it needs the ID. */
export const herokuId = literalOrReference(
  z
    .string()
    .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "isn't an ID (a UUID): use the app's appId, not its name"),
);

export const emailAddress = literalOrReference(
  z.string().regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "isn't an email address"),
);

/** The last part of a GitLab project's URL. */
export const projectPath = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/, 'isn\'t a path: use letters, digits, "_", "-" and "."')
  .regex(/^(?!.*(?:\.git|\.atom|\.)$)/i, "isn't a path: it must not end in .git, .atom or a dot");

/** @see https://docs.gitlab.com/user/reserved_names/#rules-for-usernames-project-and-group-names-and-slugs */
export const projectName = z
  .string()
  .regex(
    /^[\p{L}\p{N}\u00a9-\u{1f9ff}_][\p{L}\p{N}\p{Pd}\p{Mn}\u00a9-\u{1f9ff}+_. ]{0,254}$/u,
    'isn\'t a project\'s name: use at most 255 letters, digits, emoji, spaces, "_", "-", "+" and ".", starting with a letter or a digit',
  );

export const projectDescription = text.max(2000, 'is longer than the 2000 characters that GitLab accepts');

/** A project by its full path, such as `acme/shop`, or its ID. */
export const projectReference = z
  .string()
  .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, "isn't a project's path, such as acme/shop, or its ID");

/** The name or the ID of a Heroku team. */
export const teamName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i, "isn't a Heroku team's name: use letters, digits and dashes");

export const environmentScope = z
  .string()
  .regex(/^[a-zA-Z0-9_\-/${}. ]*\*?$/, "isn't an environment scope: use a name, a name that ends in *, or *")
  .max(255, 'is longer than the 255 characters that GitLab accepts');

/** The ID of the group or user that owns a GitLab project. */
export const namespaceId = z.number().int().positive('must be greater than 0');

export const visibility = z.enum(['private', 'internal', 'public']);

export const literalScope = environmentScope.min(1, 'must not be empty').regex(...noExpression);

/** @see https://docs.gitlab.com/api/protected_environments/ (no wildcards) */
export const environmentName = z
  .string()
  .regex(/^[^*]*$/, {
    error: ({ input }) =>
      `is "${String(input)}", but GitLab matches no wildcards here: name each environment, such as production/shop`,
  })
  .regex(/^(?:[\w\-/. ]{1,255}|.*\*.*)$/, "isn't an environment's name: use letters, digits, spaces and -_/.");

/** Heroku's regions: `us` and `eu` for every app, the others for apps in a Private Space. @see https://devcenter.heroku.com/articles/regions */
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
