import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { checkVariables } from './check.ts';
import { type CommandLine, parseCommandLine, usage } from './command-line.ts';
import { GitlabVariablesError } from './errors.ts';
import type { ProjectVariables } from './project.ts';
import { createProjectVariables } from './project-variables.ts';
import { findingLines, reportSummary, stepLine } from './render.ts';
import { syncVariables } from './sync.ts';
import { type DeclaredVariable, parseVariablesFile, withValues } from './variables-file.ts';

const exitCodes = { asDeclared: 0, different: 1, usage: 2, gitlab: 3 } as const;
const usageErrors = new Set(['OPTIONS_INVALID', 'FILE_INVALID', 'VARIABLE_INVALID', 'HOST_REFUSED', 'JOB_TOKEN']);

/** What the command is given beside its arguments. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Ends it; what was done until then is reported. */
  readonly signal: AbortSignal;
}

/** Carries out what the arguments of `gitlab-variables` say; gives the exit code. */
export async function answer(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdout, stderr } = surroundings;
  const json = argv.includes('--json');
  try {
    const line = parseCommandLine(argv);
    if (line.command === 'help') {
      stdout.write(usage);
      return exitCodes.asDeclared;
    }
    return await carryOut(line, surroundings);
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    if (json) stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
    else stderr.write(`gitlab-variables: ${error.message}\n`);
    return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.gitlab;
  }
}

async function carryOut(line: CommandLine, surroundings: Surroundings): Promise<number> {
  const declared = parseVariablesFile(await read(line.file, surroundings.cwd), line.file);
  const project = connect(line, surroundings.env);
  return line.command === 'check'
    ? check(line, declared, project, surroundings)
    : sync(line, declared, project, surroundings);
}

async function check(
  line: CommandLine,
  declared: readonly DeclaredVariable[],
  project: ProjectVariables,
  { stdout, signal }: Surroundings,
): Promise<number> {
  const findings = checkVariables(declared, await project.list({ signal }));
  stdout.write(line.json ? `${JSON.stringify({ findings })}\n` : findingLines(findings));
  return findings.length === 0 ? exitCodes.asDeclared : exitCodes.different;
}

async function sync(
  line: CommandLine,
  declared: readonly DeclaredVariable[],
  project: ProjectVariables,
  { env, stdout, signal }: Surroundings,
): Promise<number> {
  const { dryRun, prune, overwriteHidden, json } = line;
  const report = await syncVariables(project, withValues(declared, env), {
    dryRun,
    prune,
    overwriteHidden,
    signal,
    onStep: (step) => json || stdout.write(stepLine(step)),
  });
  stdout.write(json ? `${JSON.stringify(report)}\n` : reportSummary(report));
  return report.complete ? exitCodes.asDeclared : exitCodes.different;
}

async function read(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    throw new GitlabVariablesError('FILE_INVALID', `${file}: it cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

function connect({ project, host }: CommandLine, env: Surroundings['env']): ProjectVariables {
  const { GITLAB_TOKEN: token, CI_JOB_TOKEN: jobToken, CI_PROJECT_ID, CI_SERVER_URL } = env;
  const projectId = project ?? CI_PROJECT_ID;
  if (!projectId)
    throw new GitlabVariablesError('OPTIONS_INVALID', 'Which project? Give --project or set CI_PROJECT_ID.');
  return createProjectVariables({ host: host ?? CI_SERVER_URL ?? 'https://gitlab.com', token, jobToken, projectId });
}
