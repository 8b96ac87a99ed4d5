import { InitError } from './errors.ts';
import type { FileChange } from './files/file-change.ts';
import { addPipeline, componentName, hasPipeline } from './files/pipeline.ts';
import type { App } from './project/app.ts';
import { findProject, type Places, type Project } from './project/find-apps.ts';
import { joinPath, type Snapshot } from './project/snapshot.ts';
import { type NewJobs, renameNeeds } from './takeover/ci-needs.ts';
import { placesOf, type TakeOver } from './takeover/take-over.ts';
import type { TakenLine } from './takeover/taken.ts';

const file = '.gitlab-ci.yml';

export interface PlannedPipeline {
  readonly change?: FileChange;
  readonly notes: readonly string[];
  readonly deployJobs: boolean;
  /** What other jobs need now. */
  readonly lines?: readonly TakenLine[];
}

/**
 * Plans .gitlab-ci.yml. One that exists is only changed if it was taken over, and if Git can bring it back.
 * @throws InitError UNCOMMITTED
 */
export function planPipeline(
  snapshot: Snapshot,
  project: Project,
  version: string,
  taken: TakeOver | undefined,
): PlannedPipeline {
  const none = (note: string): PlannedPipeline => ({ notes: [note], deployJobs: false });
  const before = snapshot.texts.get(file);
  if (before !== undefined && hasPipeline(before)) return { notes: [], deployJobs: true };
  if (snapshot.gitError !== undefined)
    return none(`No pipeline was written, because Git can't read this repository: ${snapshot.gitError}.`);
  if (!snapshot.isRepository)
    return none('No pipeline was written, because this is no Git repository: run git init, then tozo init again.');
  const host = hostOf(snapshot.remote);
  if (host !== undefined && /(?:^|\.)(?:github\.com|bitbucket\.org)$/.test(host) && before === undefined)
    return none(`No pipeline was written, because origin is on ${host}: pipelines are for GitLab.`);
  const rest = taken?.rests[file];
  if (before !== undefined && rest === undefined) {
    const isHeroku = /heroku/i.test(before);
    return none(
      isHeroku
        ? `${file} deploys to Heroku already: tozo init --from ${file} takes that over.`
        : `${file} exists and stays as it is. Add to its include: - component: ${componentName}@${version} and - local: .gitlab/deploy.yml; then run tozo ci pipeline.`,
    );
  }
  if (before !== undefined && snapshot.uncommitted.has(file))
    throw new InitError(
      'UNCOMMITTED',
      `${file} would be changed, but has changes that aren't committed: commit or stash them, then run this again.`,
    );
  const all = pipelineProject(snapshot, project, placesOf(snapshot, taken));
  const others = renameNeeds(file, rest ?? '', newJobs(all, taken));
  const change = {
    path: file,
    ...(before === undefined ? {} : { before }),
    after: addPipeline(others.text, all, version),
  };
  const selfManaged =
    host === undefined || host === 'gitlab.com'
      ? []
      : [`${host} can't include a component of gitlab.com: see docs/guides/self-managed-gitlab.md of tozo.`];
  return { change, notes: selfManaged, deployJobs: true, lines: others.lines };
}

/** Returns the deploy jobs, as tozo ci pipeline calls them, by the jobs that they take the place of. */
function newJobs({ apps }: Project, taken: TakeOver | undefined): NewJobs {
  const names: Record<string, string[]> = {};
  for (const { name, directory } of apps) {
    const { jobs = [], environments = {} } = taken?.apps.find((facts) => facts.directory === directory) ?? {};
    for (const { name: old, environment } of jobs) {
      const declared = environment === undefined ? undefined : environments[environment];
      const to = declared === undefined ? '' : ` to ${environment}`;
      (names[old] ??= []).push(`${declared?.after === undefined ? 'deploy' : 'promote'} ${name}${to}`);
    }
  }
  return names;
}

/** The pipeline deploys every app with a deploy.json, also if the command runs in one app's directory. */
function pipelineProject(snapshot: Snapshot, project: Project, places: Places): Project {
  const isDeployed = ({ directory }: App): boolean =>
    snapshot.files.has(joinPath(directory, 'deploy.json')) || project.apps.some((app) => app.directory === directory);
  try {
    const apps = findProject(snapshot, '', { ...places, only: new Set() }).apps.filter(isDeployed);
    return apps.length >= project.apps.length ? { ...project, apps } : project;
  } catch (error) {
    if (error instanceof InitError) return project;
    throw error;
  }
}

function hostOf(remote: string | undefined): string | undefined {
  return /^(?:[\w+]+:\/\/(?:[^@/]*@)?([^:/]+)|[^@/]+@([^:/]+):)/
    .exec(remote ?? '')
    ?.slice(1)
    .find((host) => host !== undefined);
}
