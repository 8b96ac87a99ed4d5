import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type DecidedJob,
  decideJob,
  type Decision,
  GitLabCiError,
  gitlabEnvironmentOf,
  isMergeRequest,
} from '@tozo/gitlab-ci';
import type { CommandContext } from '../command-context.ts';
import { findRepository } from '../git.ts';
import { projectIdentity, projectPath } from '../project.ts';
import type { Format } from '../render/formats.ts';
import { UsageError, withUsageErrors } from '../usage-error.ts';
import { assertHasReport, type EnvironmentUrlOptions, writeEnvironmentUrl } from './environment-url.ts';
import { runNx } from './nx-process.ts';

export interface CiDeployOptions extends EnvironmentUrlOptions {
  /** The environment of deploy.json to deploy to. */
  readonly environment?: string;
  /** The file of `tozo ci changes`. */
  readonly changes?: string;
  /** What runs a deploy: this command, or Nx with the project's target. */
  readonly with: 'tozo' | 'nx';
  readonly sandbox?: boolean;
  readonly format?: Format;
}

/** The app that a job is about. */
interface JobApp {
  readonly project: string;
  /** Relative to the repository's root. */
  readonly path: string;
  readonly commit: string;
  readonly gitlabEnvironment: string;
  /** The environment of deploy.json, if the file declares any. */
  readonly environment: string | undefined;
}

const exitCodes = { nothing: 0, kept: 0, held: 3, outdated: 75 } as const;
const titles = {
  deploy: 'DEPLOY',
  redeploy: 'RE-DEPLOY',
  nothing: 'NOTHING TO DO',
  kept: 'PUT BACK',
  held: 'HELD BACK',
  outdated: 'OUTDATED',
} as const;

/**
 * `tozo ci deploy`: decides by what the app's environment runs, and deploys if that differs from this commit. Returns the exit
 * code: of the deploy, 0 if there's nothing to do, 3 for a version that was rolled back, 75 for an outdated commit.
 */
export async function ciDeployCommand(options: CiDeployOptions, context: CommandContext): Promise<number> {
  const { cwd, env, stdout, stderr } = context;
  assertHasReport(options);
  const app = await readJobApp(options, context);
  const decided = await decideJob({
    env,
    cwd,
    environment: app.gitlabEnvironment,
    app: app.path,
    commit: app.commit,
    changesFile: options.changes === undefined ? undefined : resolve(cwd, options.changes),
    readRolledBack: async () => {
      const { readRolledBack } = await import('./rolled-back.ts');
      return await readRolledBack({ ...options, environment: app.environment }, context);
    },
  });
  for (const note of decided.notes) stderr.write(`note: ${note}\n`);
  const { decision } = decided;
  const text = `${titles[decision.kind]} ${app.project} → ${app.gitlabEnvironment}: ${decision.reason}`;
  stdout.write(`${text}\n`);
  const exitCode = await act(decided, app, options, context, text);
  await writeEnvironmentUrl(options, decided.environmentUrl, context);
  return exitCode;
}

async function act(
  { decision, change }: DecidedJob,
  app: JobApp,
  options: CiDeployOptions,
  context: CommandContext,
  text: string,
): Promise<number> {
  if (decision.kind === 'deploy' || decision.kind === 'redeploy')
    return await carryOut(decision, change, app, options, context);
  const exitCode = exitCodes[decision.kind];
  await writeReport(options, context, { outcome: decision.kind, exitCode, text, commit: app.commit });
  return exitCode;
}

async function readJobApp({ environment }: CiDeployOptions, { cwd, env }: CommandContext): Promise<JobApp> {
  if (isMergeRequest(env))
    throw new UsageError(
      'A merge request pipeline never deploys. Limit the job to the default branch: rules: - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH',
    );
  const commit = env['CI_COMMIT_SHA'];
  if (!commit)
    throw new UsageError("CI_COMMIT_SHA isn't set: tozo ci deploy runs in a job of GitLab CI/CD. Use tozo deploy.");
  const root = await findRepository(cwd).catch(() => env['CI_PROJECT_DIR'] || cwd);
  const { declaresEnvironments } = await import('./environments.ts');
  const [project, hasEnvironments] = await Promise.all([projectIdentity(cwd, root), declaresEnvironments(cwd)]);
  const gitlabEnvironment =
    env['CI_ENVIRONMENT_NAME'] ||
    (await withUsageErrors(GitLabCiError, async () => gitlabEnvironmentOf(environment || 'production', project)));
  return {
    project,
    path: projectPath(cwd, root),
    commit,
    gitlabEnvironment,
    environment: hasEnvironments ? environment || undefined : undefined,
  };
}

type DeployDecision = Extract<Decision, { kind: 'deploy' | 'redeploy' }>;

/** Carries out a deploy. One that lacks a build only because GitLab couldn't be read says so last, and a retry may help. */
async function carryOut(
  decision: DeployDecision,
  change: DecidedJob['change'],
  app: JobApp,
  options: CiDeployOptions,
  context: CommandContext,
): Promise<number> {
  const unread = unreadWithoutBuild(decision, change);
  if (unread === undefined) return await deploy(decision, change, app, options, context);
  try {
    const exitCode = await deploy(decision, change, app, options, context);
    if (options.with !== 'nx' || exitCode === 0 || !lacksFile(await readReport(options, context))) return exitCode;
  } catch (error) {
    if (!(error instanceof UsageError) || !lacksFile({ error: error.cause })) throw error;
    context.stderr.write(`${error.message}\n`);
  }
  const text = `lint-test handed over no build of this app, and GitLab couldn't be read now to tell whether it needs a deploy: retry this job. ${unread}`;
  context.stderr.write(`${text}\n`);
  await writeReport(options, context, { outcome: 'failed', exitCode: 1, text, commit: app.commit });
  return 1;
}

/** Returns why GitLab couldn't be read, if lint-test handed over no build either. */
function unreadWithoutBuild(decision: DeployDecision, change: DecidedJob['change']): string | undefined {
  return decision.kind === 'redeploy' || mayHaveBuild(change) ? undefined : decision.unread;
}

/** Returns whether lint-test handed over a build, as far as is known. */
function mayHaveBuild(change: DecidedJob['change']): boolean {
  return change === undefined || change.contextDigest !== undefined;
}

/** Whether a deploy was refused because the image copies a file that isn't here. */
function lacksFile({ error }: { readonly error?: unknown }): boolean {
  return (error as { readonly code?: string } | undefined)?.code === 'COPY_SOURCE_MISSING';
}

/** Reads the report of a deploy that another process carried out: Nx doesn't pass on its exit code. */
async function readReport({ report }: CiDeployOptions, { cwd }: CommandContext): Promise<{ readonly error?: unknown }> {
  if (report === undefined) return {};
  return await readFile(resolve(cwd, report), 'utf8')
    .then((text) => JSON.parse(text) as { readonly error?: unknown })
    .catch(() => ({}));
}

/** Does what the target `deploy` of Nx does: its command, in the app's directory, for the environment of the job. */
async function deploy(
  decision: DeployDecision,
  change: DecidedJob['change'],
  app: JobApp,
  options: CiDeployOptions,
  context: CommandContext,
): Promise<number> {
  const { contextDigestVariable, deployCommand, imageVariable } = await import('./deploy.ts');
  const recordedCommits = recordedCommitsOf(decision, change);
  const digest = change?.contextDigest;
  if (!mayHaveBuild(change) && !recordedCommits && unreadWithoutBuild(decision, change) === undefined)
    context.stderr.write(
      "note: lint-test handed over no build of this app: nothing had changed it since what ran then, or it couldn't be built, which lint-test's log says. If the deploy needs a build, start a pipeline by hand (Build > Pipelines > New pipeline): it builds and deploys every app.\n",
    );
  const { handoverDirectory } = await import('@tozo/deploy');
  const hasImage = existsSync(join(context.cwd, handoverDirectory, 'image.json'));
  const env = {
    ...context.env,
    ...(digest ? { [contextDigestVariable]: digest } : {}),
    ...(hasImage ? { [imageVariable]: handoverDirectory } : {}),
  };
  if (options.with === 'nx' && !recordedCommits) return await runTarget(app, options, { ...context, env });
  const { sandbox, format, report } = options;
  return await deployCommand(
    {
      ...(sandbox ? { sandbox } : {}),
      ...(format ? { format } : {}),
      ...(report ? { report } : {}),
      ...(app.environment ? { environment: app.environment } : {}),
      ...(recordedCommits ? { recordedCommits } : {}),
    },
    { ...context, env },
  );
}

/** An image that was deployed before is released again, also if lint-test built none because the app hasn't changed since. */
function recordedCommitsOf(decision: DeployDecision, change: DecidedJob['change']): readonly string[] | undefined {
  if (decision.kind === 'redeploy') return decision.commits;
  return mayHaveBuild(change) || decision.equal === undefined ? undefined : [decision.equal];
}

/** Runs the project's target, without the targets that it depends on: lint-test has run them. */
async function runTarget(
  { project, environment }: JobApp,
  { report, sandbox }: CiDeployOptions,
  { cwd, env }: CommandContext,
): Promise<number> {
  const root = await findRepository(cwd);
  const { findNx } = await import('@tozo/nx');
  const nx = await findNx(root);
  if (nx === undefined) throw new UsageError('--with nx needs an nx.json, and the package nx in node_modules.');
  const target = [project, 'deploy', ...(environment ? [environment] : [])].join(':');
  const flags = [...(report ? [`--report=${resolve(cwd, report)}`] : []), ...(sandbox ? ['--sandbox'] : [])];
  return await runNx(nx, ['run', target, '--excludeTaskDependencies', '--outputStyle=stream', ...flags], root, env);
}

async function writeReport(
  { report }: CiDeployOptions,
  { cwd, stderr }: CommandContext,
  content: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (report === undefined) return;
  try {
    await writeFile(resolve(cwd, report), `${JSON.stringify(content, undefined, 2)}\n`);
  } catch (error) {
    stderr.write(`warning: the report couldn't be written to ${report}: ${(error as Error).message}\n`);
  }
}
