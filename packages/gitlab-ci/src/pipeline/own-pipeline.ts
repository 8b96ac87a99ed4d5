import { isMap, isSeq, parseDocument } from 'yaml';
import { defaultStages, type Pipeline } from './create-pipeline.ts';

/**
 * Returns the stages that a project's own .gitlab-ci.yml lacks. Its `stages` replace those of every file that it includes, and
 * GitLab refuses a pipeline with a job of another stage. None are missing if it has no `stages`, or can't be read.
 */
export function missingStages(gitlabCi: string, { stages }: Pick<Pipeline, 'stages'>): string[] {
  const document = parseDocument(gitlabCi, { logLevel: 'silent' });
  const own = document.errors.length > 0 ? undefined : document.get('stages');
  if (!isSeq(own)) return [];
  const names = own.toJSON();
  return stages.filter((stage) => !defaultStages.includes(stage) && !names.includes(stage));
}

/** The keys that .gitlab-ci.yml may add to a job: they change where and how it runs, not what it does. */
const additions = ['coverage', 'image', 'retry', 'services', 'tags', 'timeout'];

/** The commands of lint-test are the project's own. Its checks of the key and what it hands over are not. */
const ofLintTest = ['artifacts', 'before_script'];

/**
 * Returns the jobs that a project's own .gitlab-ci.yml has, too, those of the component included. GitLab merges jobs of the
 * same name, and each key of .gitlab-ci.yml wins. Jobs that may have their keys aren't returned. None if the file can't be read.
 */
export function replacedJobs(gitlabCi: string, { jobs }: Pick<Pipeline, 'jobs'>): string[] {
  const document = parseDocument(gitlabCi, { logLevel: 'silent' });
  if (document.errors.length > 0 || !isMap(document.contents)) return [];
  const templates = [
    '.tozo-tool',
    ...Object.values(jobs).flatMap(({ extends: base }) => (typeof base === 'string' ? [base] : [])),
  ];
  return [...new Set([...Object.keys(jobs), ...templates])].filter((name) => {
    const own = document.get(name);
    return isMap(own) && own.items.some(({ key, value }) => replaces(name, String(key), value));
  });
}

function replaces(job: string, key: string, value: unknown): boolean {
  if (job === 'lint-test') return ofLintTest.includes(key);
  if (key !== 'variables') return !additions.includes(key);
  return !isMap(value) || value.items.some((variable) => String(variable.key).startsWith('TOZO_'));
}
