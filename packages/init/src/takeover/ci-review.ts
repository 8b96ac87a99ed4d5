import { isObject } from '../project/manifest.ts';
import type { CiJob } from './ci-jobs.ts';
import type { DeployJob } from './ci-lines.ts';
import type { YamlFile } from './yaml.ts';

/** Variables that differ from branch to branch, or from pipeline to pipeline. */
const changing = /\$\{?CI_(?:COMMIT_(?:REF|BRANCH|SHORT|SHA)|MERGE_REQUEST|PIPELINE|JOB|BUILD|ENVIRONMENT_SLUG)/;

/** Whether a job deploys, or stops, an app of a branch or a merge request. */
export function isReview({ job: { settings }, commands }: DeployJob): boolean {
  const environment = settings['environment'];
  const { name, action } = isObject(environment) ? environment : { name: environment, action: undefined };
  return (
    action === 'stop' ||
    (typeof name === 'string' && (/^review\b/i.test(name) || changing.test(name))) ||
    commands.some(({ facts }) => facts?.app !== undefined && changing.test(facts.app))
  );
}

/** Returns the names of templates with deploy commands that jobs need which stay. */
export function keptTemplates(
  { text }: YamlFile,
  jobs: readonly CiJob[],
  deploys: readonly DeployJob[],
  reviews: readonly DeployJob[],
): ReadonlySet<string> {
  const removed = new Set(deploys.filter((deploy) => !reviews.includes(deploy)).map(({ job }) => job.name));
  const kept = new Set<string>();
  const pending = jobs.filter(({ name }) => !removed.has(name));
  for (let job = pending.pop(); job !== undefined; job = pending.pop()) {
    const own = sourceOf(text, job);
    for (const template of jobs)
      if (
        removed.has(template.name) &&
        !kept.has(template.name) &&
        template !== job &&
        uses(job, own, template, text)
      ) {
        kept.add(template.name);
        pending.push(template);
      }
  }
  return kept;
}

/** Whether a job extends another, refers to its parts, or merges them by their anchors. */
function uses(job: CiJob, own: string, template: CiJob, text: string): boolean {
  if (job.extends.includes(template.name) || own.includes(`!reference [${template.name},`)) return true;
  const anchors = [...sourceOf(text, template).matchAll(/&([\w-]+)/g)].map(([, name]) => name!);
  return anchors.some((name) => new RegExp(`\\*${name}\\b`).test(own));
}

/** The lines of a job. */
function sourceOf(text: string, { line }: CiJob): string {
  const [first = '', ...rest] = text.split('\n').slice(line - 1);
  const end = rest.findIndex((one) => /^\S/.test(one) && !one.startsWith('#'));
  return [first, ...(end < 0 ? rest : rest.slice(0, end))].join('\n');
}
