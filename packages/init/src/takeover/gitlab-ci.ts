import { readScript, readJobs, stringsOf } from './ci-jobs.ts';
import { appsOf } from './ci-apps.ts';
import { leaveOtherImages } from './ci-images.ts';
import { expandMatrix } from './ci-matrix.ts';
import { checkJob, type DeployJob, describeChecks, describeLines, describePlainKeys } from './ci-lines.ts';
import { removeJobs } from './ci-rest.ts';
import { isReview, keptTemplates } from './ci-review.ts';
import { readCommands, type ReadFile } from './ci-run.ts';
import type { Taken, TakenLine } from './taken.ts';
import { parseYaml } from './yaml.ts';

/**
 * Reads a .gitlab-ci.yml whose jobs deploy to Heroku: with docker login, build, push and a request to the API, as tutorials
 * have it, or with the Heroku CLI, kaniko, dpl or git push, also in scripts of the repository.
 * @throws InitError SOURCE_INVALID
 */
export function readGitlabCi(file: string, text: string, readFile: ReadFile): Taken {
  const yaml = parseYaml(file, text);
  const root = yaml.document.toJS() as Record<string, unknown>;
  const globals = stringsOf(root['variables']);
  const jobs = readJobs(yaml);
  const all = jobs.flatMap(expandMatrix).flatMap((job): DeployJob[] => {
    const commands = readCommands([...job.own, ...job.inherited], { ...globals, ...job.variables }, readFile);
    return commands.some(({ facts }) => facts?.deploys) ? [{ job, commands }] : [];
  });
  const reviews = all.filter(isReview);
  const kept = keptTemplates(yaml, jobs, all, reviews);
  const deploys = leaveOtherImages(all.filter((deploy) => !reviews.includes(deploy)));
  if (deploys.length === 0)
    return {
      apps: [],
      lines: [
        {
          file,
          line: 1,
          text: 'jobs',
          left: `none of them deploys to Heroku, so the file stays as it is${includesOf(root)}`,
        },
        ...describePlainKeys(yaml),
      ],
    };
  const global = readCommands(
    [...readScript(yaml, ['before_script']), ...readScript(yaml, ['default', 'before_script'])],
    globals,
    readFile,
  );
  const isOnlyDeploy = global.length > 0 && global.every(({ facts }) => facts !== undefined);
  const ownGlobal = isOnlyDeploy ? global : [];
  // The pipeline has a job of that name, and GitLab would merge the two.
  const checks = jobs.filter(({ name }) => name === checkJob && !deploys.some(({ job }) => job.name === name));
  const removed = [...deploys.map(({ job }) => job).filter(({ name }) => !kept.has(name)), ...checks];
  const { rest, notes } = removeJobs(yaml, removed, jobs, isOnlyDeploy && reviews.length === 0);
  const { apps, lines } = appsOf(deploys, ownGlobal, file);
  return {
    apps,
    lines: [
      ...describeLines(
        yaml,
        deploys,
        ownGlobal,
        apps.flatMap(({ environments }) => Object.keys(environments)),
      ),
      ...lines,
      ...reviews.map(({ job }) => describeReview(file, job.line, job.name)),
      ...checks.flatMap((job) => describeChecks(file, job)),
      ...describePlainKeys(yaml),
      ...notes,
    ],
    pipeline: true,
    ...(rest === undefined ? {} : { rest }),
  };
}

function describeReview(file: string, line: number, text: string): TakenLine {
  return {
    file,
    line,
    text,
    left: 'review apps have no counterpart, so the job stays as it is. It needs a HEROKU_API_KEY of its own, with a scope such as review/*',
  };
}

/** Jobs in other files aren't read. */
function includesOf(root: Record<string, unknown>): string {
  const files = [root['include']].flat().flatMap((one) => {
    const local = typeof one === 'string' ? one : (one as { local?: unknown } | null | undefined)?.local;
    return typeof local === 'string' ? [local.replace(/^\//, '')] : [];
  });
  return files.length === 0
    ? ''
    : `. It includes ${files.join(', ')}: move the jobs that deploy from there into this file first`;
}
