import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { type DeclaredVariable, parseVariablesFile, resolveValues } from '../declaration/variables-file.ts';
import { createProjectVariables } from '../project/project-variables.ts';
import type { ProjectVariables } from '../project/project.ts';
import { checkVariables } from '../sync/check.ts';
import { syncVariables } from '../sync/sync.ts';
import { GitlabVariablesError } from '../variable/errors.ts';
import { type CommandLine, parseCommandLine, usage } from './command-line.ts';
import { findingLines, reportSummary, stepLine } from './render.ts';

const exitCodes = { matches: 0, differs: 1, usage: 2, gitlab: 3 } as const;
const usageErrors = new Set(['OPTIONS_INVALID', 'FILE_INVALID', 'VARIABLE_INVALID', 'HOST_REFUSED', 'JOB_TOKEN']);

export interface CommandContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Stops the command, which still reports what it did. */
  readonly signal: AbortSignal;
}

/** Runs `gitlab-variables` with these arguments. Returns the exit code. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  const { stdout, stderr } = context;
  const json = argv.includes('--json');
  try {
    const line = parseCommandLine(argv);
    if (line.command === 'help') {
      stdout.write(usage);
      return exitCodes.matches;
    }
    return await checkOrSync(line, context);
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    if (json) stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
    else stderr.write(`gitlab-variables: ${error.message}\n`);
    return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.gitlab;
  }
}

async function checkOrSync(line: CommandLine, context: CommandContext): Promise<number> {
  const declared = parseVariablesFile(await readText(line.file, context.cwd), line.file);
  const project = connect(line, context.env);
  return line.command === 'check' ? check(line, declared, project, context) : sync(line, declared, project, context);
}

async function check(
  { json }: CommandLine,
  declared: readonly DeclaredVariable[],
  project: ProjectVariables,
  { stdout, signal }: CommandContext,
): Promise<number> {
  const findings = checkVariables(declared, await project.list({ signal }));
  stdout.write(json ? `${JSON.stringify({ findings })}\n` : findingLines(findings));
  return findings.length === 0 ? exitCodes.matches : exitCodes.differs;
}

async function sync(
  { dryRun, prune, overwriteHidden, json }: CommandLine,
  declared: readonly DeclaredVariable[],
  project: ProjectVariables,
  { env, stdout, signal }: CommandContext,
): Promise<number> {
  const report = await syncVariables(project, resolveValues(declared, env), {
    dryRun,
    prune,
    overwriteHidden,
    signal,
    onStep: (step) => json || stdout.write(stepLine(step)),
  });
  stdout.write(json ? `${JSON.stringify(report)}\n` : reportSummary(report));
  return report.complete ? exitCodes.matches : exitCodes.differs;
}

async function readText(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new GitlabVariablesError(
      'FILE_INVALID',
      `Can't read ${file}: ${(cause as Error).message}. Create it, or pass its path with --file.`,
      { cause },
    );
  }
}

function connect({ project, host }: CommandLine, env: CommandContext['env']): ProjectVariables {
  const { GITLAB_TOKEN: token, CI_JOB_TOKEN: jobToken, CI_PROJECT_ID, CI_SERVER_URL } = env;
  const projectId = project ?? CI_PROJECT_ID;
  if (!projectId)
    throw new GitlabVariablesError('OPTIONS_INVALID', 'Missing project: use --project or set CI_PROJECT_ID.');
  return createProjectVariables({ host: host ?? CI_SERVER_URL ?? 'https://gitlab.com', token, jobToken, projectId });
}
