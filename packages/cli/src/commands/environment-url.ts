import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { CommandContext } from '../command-context.ts';
import { UsageError } from '../usage-error.ts';

/** Where a command writes its result, and the URL for GitLab. */
export interface EnvironmentUrlOptions {
  readonly report?: string;
  /** A file for `artifacts:reports:dotenv`, from which GitLab expands `environment:url` when the job has ended. */
  readonly dotenv?: string;
}

/** GitLab's limit of an environment's URL, in characters. */
const maxLength = 255;

/** @throws UsageError before anything happens if there will be no report to read the URL from */
export function assertHasReport({ report, dotenv }: EnvironmentUrlOptions): void {
  if (dotenv !== undefined && report === undefined)
    throw new UsageError('--dotenv takes the URL from the report: add --report <file>.');
}

/**
 * Writes the app's URL as the variable TOZO_ENVIRONMENT_URL: the report's, or else the one that GitLab shows now, because GitLab
 * removes an environment's URL if the variable isn't set. Failing to do so is a warning: the deploy has ended.
 * @see https://docs.gitlab.com/ci/environments/#set-a-dynamic-environment-url
 */
export async function writeEnvironmentUrl(
  { report, dotenv }: EnvironmentUrlOptions,
  known: string | undefined,
  { cwd, stderr }: Pick<CommandContext, 'cwd' | 'stderr'>,
): Promise<void> {
  if (dotenv === undefined) return;
  const url = [await readUrl(report && resolve(cwd, report)), known].map(webUrl).find((one) => one !== undefined);
  try {
    await writeFile(resolve(cwd, dotenv), url === undefined ? '' : `TOZO_ENVIRONMENT_URL=${url}\n`);
  } catch (error) {
    stderr.write(`warning: the app's URL couldn't be written to ${dotenv}: ${(error as Error).message}\n`);
  }
}

async function readUrl(report: string | undefined): Promise<unknown> {
  try {
    return (JSON.parse(await readFile(report ?? '', 'utf8')) as { readonly url?: unknown } | null)?.url;
  } catch {
    return undefined;
  }
}

/** Returns the URL if GitLab accepts it. GitLab would expand a `$` in it again. */
function webUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, href } = new URL(value);
  return /^https?:$/.test(protocol) && !href.includes('$') && href.length <= maxLength ? href : undefined;
}
