import { z } from 'zod';

/*
 * lint-test runs install scripts and tests, so what it hands over may have been written by any of them. Every field is checked
 * and bounded. A lie can only change whether an app is deployed, and which of the bytes that lint-test built.
 */

const commit = z.string().regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/);

const appSchema = z.object({
  project: z.string().max(300),
  /** The newest commit that touches the app, or a later one. */
  changedAt: commit.optional(),
  /** The digest of everything that the app's image is built from. Missing if lint-test didn't build the app. */
  contextDigest: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .optional(),
});

const changesSchema = z.object({
  version: z.literal(1),
  /** The commit that lint-test ran for. */
  commit,
  /** By the app's directory, relative to the repository's root, with `/`. */
  apps: z.record(z.string().max(1000), appSchema),
});

/** What lint-test found out about each app: the document that `tozo ci changes` writes. */
export type Changes = z.infer<typeof changesSchema>;
export type AppChange = z.infer<typeof appSchema>;

export function formatChanges(changes: Changes): string {
  return `${JSON.stringify(changes, undefined, 2)}\n`;
}

/** Returns the document, or why the text isn't one. */
export function parseChanges(text: string): Changes | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "it isn't JSON";
  }
  const { data, error } = changesSchema.safeParse(value);
  const [issue] = error?.issues ?? [];
  return data ?? `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'invalid'}`;
}
