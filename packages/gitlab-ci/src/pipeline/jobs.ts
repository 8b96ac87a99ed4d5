import type { DeployTarget } from './targets.ts';

/** A job of GitLab CI/CD, as YAML has it. */
export type Job = Readonly<Record<string, unknown>>;

/** Only pipelines of the default branch: no merge requests, merge trains or tags. */
const onDefaultBranch = '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH';

/** The job writes this variable into its own dotenv report. Only Heroku knows the URL. */
const url = '$TOZO_ENVIRONMENT_URL';

/** The exit code of a deploy that is refused because a newer commit is live or decided for. */
const outdated = 75;

/**
 * Returns the job that deploys targets one after the other. It has no `needs`: its stage waits for every job of the stages
 * before it, so any failing check of the project's own stops it.
 * @param targets at least one; several share GitLab's environment
 * @param toolJobs the job that builds the tool, if it doesn't come from a registry
 */
export function deployJob(targets: readonly DeployTarget[], toolJobs: readonly string[]): Job {
  const [{ stage, gitlabEnvironment: name, tier, resourceGroup }] = targets as readonly [DeployTarget];
  return {
    extends: '.tozo-deploy',
    stage,
    rules: [{ if: onDefaultBranch }],
    dependencies: ['lint-test', ...toolJobs],
    environment: { name, ...(targets.length === 1 ? { url } : {}), deployment_tier: tier },
    resource_group: resourceGroup,
    interruptible: false,
    allow_failure: { exit_codes: [outdated] },
    variables: { ...variablesOf(targets), TOZO_BUILDS: buildsOf(targets) },
  };
}

/** Returns the manual job that releases what an earlier environment has verified. It builds nothing. */
export function promoteJob(target: DeployTarget, source: DeployTarget, toolJobs: readonly string[]): Job {
  return {
    ...manualJob('.tozo-promote', target, toolJobs),
    needs: [{ job: source.job, artifacts: false }, ...toolJobs.map((job) => ({ job, artifacts: true }))],
    environment: { name: target.gitlabEnvironment, url, deployment_tier: target.tier },
    variables: { ...variablesOf([target]), TOZO_PROMOTE_FROM: source.environment },
  };
}

/**
 * Returns the manual job that goes back to what ran before. It waits for no test, because an outage doesn't either. It creates
 * no deployment in GitLab, because it doesn't deploy this pipeline's commit.
 */
export function rollbackJob(target: DeployTarget, toolJobs: readonly string[]): Job {
  return {
    ...manualJob('.tozo-rollback', target, toolJobs),
    needs: toolJobs,
    environment: { name: target.gitlabEnvironment, action: 'access' },
    variables: { ...variablesOf([target]), TOZO_ROLLBACK_TO: '' },
  };
}

function manualJob(template: string, { stage, resourceGroup }: DeployTarget, toolJobs: readonly string[]): Job {
  return {
    extends: template,
    stage,
    // Without allow_failure, GitLab holds the pipeline until someone starts the job.
    rules: [{ if: onDefaultBranch, when: 'manual', allow_failure: true }],
    dependencies: toolJobs,
    resource_group: resourceGroup,
    interruptible: false,
  };
}

/** The job moves these from the artifacts of lint-test into its own clone. Separated by colons, as in PATH. */
function buildsOf(targets: readonly DeployTarget[]): string {
  return [...new Set(targets.flatMap(({ outputs }) => outputs.map((path) => path.replace(/\/+$/, ''))))].join(':');
}

function variablesOf(targets: readonly DeployTarget[]): Record<string, string> {
  return {
    TOZO_APPS: targets.map(({ directory }) => directory).join(' '),
    TOZO_ENVIRONMENT: targets[0]?.environment ?? '',
  };
}
