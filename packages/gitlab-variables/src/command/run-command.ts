import { dirname, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { parseEnvFile } from '../declaration/env-file.ts';
import { formatDeclaration } from '../declaration/pull.ts';
import { knownValues, readStdin, readValues } from '../declaration/read-values.ts';
import { readSmallFile } from '../declaration/value-file.ts';
import { type Declaration, parseVariablesFile } from '../declaration/variables-file.ts';
import { createProjectVariables } from '../project/project-variables.ts';
import type { ProjectVariables } from '../project/project.ts';
import { checkVariables } from '../sync/check.ts';
import { syncVariables } from '../sync/sync.ts';
import { GitlabVariablesError } from '../variable/errors.ts';
import { type CommandLine, parseCommandLine, usage } from './command-line.ts';
import { checkLines, reportSummary, stepLine } from './render.ts';

const exitCodes = { matches: 0, differs: 1, usage: 2, gitlab: 3 } as const;
const usageErrors = new Set([
  'OPTIONS_INVALID',
  'FILE_INVALID',
  'COMMAND_FAILED',
  'VARIABLE_INVALID',
  'HOST_REFUSED',
  'JOB_TOKEN',
]);

export interface CommandContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
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
    return await carryOut(line, context);
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    if (json) stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`);
    else stderr.write(`gitlab-variables: ${error.message}\n`);
    return usageErrors.has(error.code) ? exitCodes.usage : exitCodes.gitlab;
  }
}

async function carryOut(line: CommandLine, context: CommandContext): Promise<number> {
  if (line.command === 'pull') return pull(connect(line, context.env), context);
  const content = await readSmallFile(line.file, context.cwd, '; create it, or pass its path with --file');
  const declaration = parseVariablesFile(content.toString('utf8'), line.file);
  const project = connect(line, context.env);
  const env = await readEnvFiles(line, declaration, context);
  return line.command === 'check'
    ? check(line, declaration, project, { ...context, env })
    : sync(line, declaration, project, { ...context, env });
}

async function pull(project: ProjectVariables, { stdout, signal }: CommandContext): Promise<number> {
  stdout.write(formatDeclaration(await project.list({ signal })));
  return exitCodes.matches;
}

async function check(
  { file, json }: CommandLine,
  { owner, variables }: Declaration,
  project: ProjectVariables,
  { cwd, env, stdout, signal }: CommandContext,
): Promise<number> {
  const expected = await knownValues(variables, { env, directory: dirname(resolve(cwd, file)) });
  const report = checkVariables(expected, await project.list({ signal }), { owner });
  stdout.write(json ? `${JSON.stringify(report)}\n` : checkLines(report));
  return report.findings.length === 0 ? exitCodes.matches : exitCodes.differs;
}

async function sync(
  line: CommandLine,
  { owner, variables }: Declaration,
  project: ProjectVariables,
  { cwd, env, stdin, stdout, stderr, signal }: CommandContext,
): Promise<number> {
  const { command, json, prune, overwriteHidden, allowWeaker } = line;
  const directory = dirname(resolve(cwd, line.file));
  const onStderr = (text: string): void => void stderr.write(text);
  const report = await syncVariables(
    project,
    await readValues(variables, { env, directory, stdin, onStderr, signal }),
    {
      owner,
      prune,
      overwriteHidden,
      allowWeaker,
      dryRun: command === 'plan',
      signal,
      onStep: (step) => json || stdout.write(stepLine(step)),
    },
  );
  stdout.write(json ? `${JSON.stringify(report)}\n` : reportSummary(report));
  return report.complete ? exitCodes.matches : exitCodes.differs;
}

/** Adds the values of the files to the environment. They win over it, and later files over earlier ones. */
async function readEnvFiles(
  { envFiles }: CommandLine,
  { variables }: Declaration,
  { cwd, env, stdin }: CommandContext,
): Promise<CommandContext['env']> {
  const fromStdin = envFiles.filter((file) => file === '-').length;
  if (fromStdin > 1 || (fromStdin > 0 && variables.some(({ source }) => 'fromStdin' in source))) {
    throw new GitlabVariablesError('OPTIONS_INVALID', 'Standard input can be read only once: use a file instead.');
  }
  let merged = env;
  for (const file of envFiles) {
    const content =
      file === '-'
        ? Buffer.from(await readStdin(stdin))
        : await readSmallFile(file, cwd, ' ("-" reads standard input)');
    merged = { ...merged, ...Object.fromEntries(parseEnvFile(content, file === '-' ? 'stdin' : file, env)) };
  }
  return merged;
}

function connect({ project, host }: CommandLine, env: CommandContext['env']): ProjectVariables {
  const { GITLAB_TOKEN: token, CI_JOB_TOKEN: jobToken, CI_PROJECT_ID, CI_SERVER_URL } = env;
  const projectId = project ?? CI_PROJECT_ID;
  if (!projectId)
    throw new GitlabVariablesError('OPTIONS_INVALID', 'Missing project: use --project or set CI_PROJECT_ID.');
  return createProjectVariables({ host: host ?? CI_SERVER_URL ?? 'https://gitlab.com', token, jobToken, projectId });
}
