import { isObject } from '../project/manifest.ts';
import type { CiJob } from './ci-jobs.ts';
import type { ReadCommand } from './ci-run.ts';
import { environmentOf, isByHand } from './ci-settings.ts';
import type { TakenLine } from './taken.ts';
import type { YamlFile } from './yaml.ts';

/** A job that deploys to Heroku. */
export interface DeployJob {
  readonly job: CiJob;
  readonly commands: readonly ReadCommand[];
}

export function describeLines(
  { file }: YamlFile,
  deploys: readonly DeployJob[],
  global: readonly ReadCommand[],
  environments: readonly string[],
): TakenLine[] {
  const commands = [...global, ...deploys.flatMap((deploy) => deploy.commands)];
  const described = commands.flatMap(({ text, line, facts, file: script }): TakenLine[] => {
    const at = { file: script ?? file, line, text };
    if (facts === undefined)
      return [
        usual.test(text)
          ? { ...at, became: checkJob }
          : { ...at, left: 'it belongs to no deploy: move it to a job of your own' },
      ];
    const { became, left } = facts;
    return [...(became === undefined ? [] : [{ ...at, became }]), ...(left === undefined ? [] : [{ ...at, left }])];
  });
  const seen = new Set<string>();
  const settings = deploys.flatMap(({ job }) => describeSettings(file, job));
  return [...described, ...settings, ...describeVariables(file, deploys, scopeOf(environments))].filter((line) => {
    const key = JSON.stringify(line);
    return !seen.has(key) && seen.add(key);
  });
}

/** A key with its value in the file is in the repository's history, too. */
export function describePlainKeys({ file, text }: YamlFile): TakenLine[] {
  return text.split('\n').flatMap((line, index): TakenLine[] => {
    const name = /^\s*["']?(HEROKU_\w*(?:KEY|TOKEN|PASSWORD))["']?\s*:\s*["']?[^\s"'$]/.exec(line)?.[1];
    if (name === undefined) return [];
    const left = `it's in the repository in plain text: revoke it (heroku authorizations), remove the line, and set a new one as a masked CI/CD variable HEROKU_API_KEY with the scope production/*`;
    return [{ file, line: index + 1, text: `${name}: …`, left }];
  });
}

/** Commands that the pipeline's own job runs. */
const usual =
  /^(?:npm (?:ci|i|install|test|t)|(?:npm|pnpm|yarn)(?: run)? (?:lint|test|build|install)|pnpm i|yarn|npx nx (?:affected|run-many)|corepack enable)\b|\bnx affected\b/;

/** The job of the pipeline that installs, lints, tests and builds. */
export const checkJob = 'lint-test';

export function describeChecks(file: string, { own, inherited, lines, name, line }: CiJob): TakenLine[] {
  return [
    { file, line, text: name, became: 'the job lint-test of the pipeline, which lints, tests and builds' },
    ...[...own, ...inherited].map(({ text, line: at }): TakenLine =>
      usual.test(text)
        ? { file, line: at, text, became: 'lint-test' }
        : { file, line: at, text, left: `if it's still needed, add it to the job lint-test, or to a job of your own` },
    ),
    ...['services', 'variables', 'coverage'].flatMap((key): TakenLine[] =>
      key in lines ? [{ file, line: lines[key]!, text: `${name}: ${key}`, left: 'add it to the job lint-test' }] : [],
    ),
  ];
}

const byHand =
  'deploys run on every push to the default branch. An environment with "after" is promoted by hand, from the one before it';

/** Settings that the deploy job has already, or that say nothing about the deploy. */
const silent = new Set(
  'script before_script after_script variables extends interruptible retry resource_group cache timeout'.split(' '),
);

/** What the other settings become. */
const became: Readonly<Record<string, string>> = {
  image: 'not needed: no Docker, no privileged runner',
  services: 'not needed: no Docker, no privileged runner',
  stage: 'the stage deploy, after every job of the stages before',
  type: 'the stage deploy, after every job of the stages before',
  needs: 'the stage deploy, after every job of the stages before',
  dependencies: 'the stage deploy, after every job of the stages before',
};

function describeSettings(file: string, job: CiJob): TakenLine[] {
  const { name, line, lines, settings } = job;
  return Object.entries(settings).flatMap(([key, value]): TakenLine[] => {
    const end = endOfSetting(job, key, value);
    return end === undefined ? [] : [{ file, line: lines[key] ?? line, text: `${name}: ${key}`, ...end }];
  });
}

/** Returns what a setting became, or why it was left; undefined if there's nothing to say. */
function endOfSetting(job: CiJob, key: string, value: unknown): Pick<TakenLine, 'became' | 'left'> | undefined {
  if (silent.has(key)) return undefined;
  if (key in became) return { became: became[key]! };
  if (key === 'environment')
    return { became: `the environment ${environmentOf(job) ?? 'production'}/APP of the deploy job` };
  if (key === 'parallel' && isObject(value) && 'matrix' in value) return { became: 'environments in deploy.json' };
  if (key === 'tags') return { left: 'set tags for the runner in "default:" if the new jobs need them' };
  if (key === 'when') return value === 'manual' ? { left: byHand } : undefined;
  if (key === 'except') return { left: 'deploys run on the default branch only' };
  if (key !== 'only' && key !== 'rules') return { left: 'the deploy job has no such setting' };
  if (isByHand(job)) return { left: byHand };
  const text = JSON.stringify(value);
  const isDefault = /"(?:main|master)"|CI_DEFAULT_BRANCH|== ?\\?"(?:main|master)\\?"/.test(text);
  if (isDefault) return { became: 'deploys on the default branch only' };
  return {
    left: 'deploys run on the default branch only: an environment of another branch would get every push to it, unless it comes "after" another environment',
  };
}

/** The scope that the key has to have, in words. */
function scopeOf(environments: readonly string[]): string {
  const scopes = (environments.length === 0 ? ['production'] : environments).map((name) => `${name}/*`);
  return scopes.length === 1 ? `the scope ${scopes[0]}` : `one value for each of the scopes ${scopes.join(', ')}`;
}

function describeVariables(file: string, deploys: readonly DeployJob[], scope: string): TakenLine[] {
  const commands = deploys.flatMap(({ commands: own }) => own);
  // A template doesn't know the variables of the jobs that extend it.
  const named = deploys.filter(({ job }) => !job.name.startsWith('.'));
  const ofJobs = (named.length > 0 ? named : deploys).flatMap(({ commands: own }) => own);
  const keys = [...new Set(commands.flatMap(({ facts }) => facts?.apiKey ?? []))].filter(
    (name) => name !== 'HEROKU_API_KEY',
  );
  const apps = [
    ...new Set(
      ofJobs.flatMap(({ facts }) => (facts?.app?.startsWith('$') ? [facts.app.replaceAll(/[${}]/g, '')] : [])),
    ),
  ];
  const line = deploys[0]!.job.line;
  return [
    ...keys.map((name) => ({
      file,
      line,
      text: `$${name}`,
      left: `rename this CI/CD variable to HEROKU_API_KEY, with ${scope}`,
    })),
    ...(keys.length === 0
      ? [
          {
            file,
            line,
            text: '$HEROKU_API_KEY',
            left: `give this CI/CD variable ${scope}: lint-test fails if it sees the key`,
          },
        ]
      : []),
    ...apps.map((name) =>
      name === 'HEROKU_APP'
        ? { file, line, text: '$HEROKU_APP', became: 'the deploy\'s app; or set "app" in deploy.json' }
        : {
            file,
            line,
            text: `$${name}`,
            left: 'rename this CI/CD variable to HEROKU_APP, or set "app" in deploy.json',
          },
    ),
  ];
}
