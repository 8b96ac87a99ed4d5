import { readFile } from 'node:fs/promises';
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
const signalExits = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The command `gitlab-variables`: reads the environment, prints to the standard streams and sets the process's exit code.
 * SIGINT and SIGTERM end it; what was done until then is reported.
 * @param argv without node and the script
 */
export async function run(argv: string[]): Promise<void> {
  const controller = new AbortController();
  let signalled: keyof typeof signalExits | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    signalled = signal as keyof typeof signalExits;
    controller.abort();
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // A reader that went away, as in `| head`, is no failure.
  process.stdout.off('error', ignore).on('error', ignore);
  const code = await answer(argv, controller.signal);
  process.exitCode = signalled ? signalExits[signalled] : code;
  process.off('SIGINT', stop).off('SIGTERM', stop);
}

async function answer(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const json = argv.includes('--json');
  try {
    const line = parseCommandLine(argv);
    if (line.command === 'help') {
      print(usage);
      return exitCodes.asDeclared;
    }
    return await carryOut(line, signal);
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    if (json) print(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
    else process.stderr.write(`gitlab-variables: ${error.message}\n`);
    return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.gitlab;
  }
}

async function carryOut(line: CommandLine, signal: AbortSignal): Promise<number> {
  const declared = parseVariablesFile(await read(line.file), line.file);
  const project = connect(line);
  return line.command === 'check' ? check(line, declared, project, signal) : sync(line, declared, project, signal);
}

async function check(
  line: CommandLine,
  declared: readonly DeclaredVariable[],
  project: ProjectVariables,
  signal: AbortSignal,
): Promise<number> {
  const findings = checkVariables(declared, await project.list({ signal }));
  print(line.json ? `${JSON.stringify({ findings })}\n` : findingLines(findings));
  return findings.length === 0 ? exitCodes.asDeclared : exitCodes.different;
}

async function sync(
  line: CommandLine,
  declared: readonly DeclaredVariable[],
  project: ProjectVariables,
  signal: AbortSignal,
): Promise<number> {
  const { dryRun, prune, overwriteHidden, json } = line;
  const report = await syncVariables(project, withValues(declared, process.env), {
    dryRun,
    prune,
    overwriteHidden,
    signal,
    onStep: (step) => json || print(stepLine(step)),
  });
  print(json ? `${JSON.stringify(report)}\n` : reportSummary(report));
  return report.complete ? exitCodes.asDeclared : exitCodes.different;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new GitlabVariablesError('FILE_INVALID', `${file}: it cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

function connect({ project, host }: CommandLine): ProjectVariables {
  const { GITLAB_TOKEN: token, CI_JOB_TOKEN: jobToken, CI_PROJECT_ID, CI_SERVER_URL } = process.env;
  const projectId = project ?? CI_PROJECT_ID;
  if (!projectId)
    throw new GitlabVariablesError('OPTIONS_INVALID', 'Which project? Give --project or set CI_PROJECT_ID.');
  return createProjectVariables({ host: host ?? CI_SERVER_URL ?? 'https://gitlab.com', token, jobToken, projectId });
}

function ignore(): void {}

function print(text: string): void {
  process.stdout.write(text);
}
