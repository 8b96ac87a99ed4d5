import { isObject } from '../project/manifest.ts';
import { directoryOf, joinPath } from '../project/snapshot.ts';
import { readCommand } from './ci-command.ts';
import { type CiCommand, type CiJob, readJobs, readScript, stringsOf } from './ci-jobs.ts';
import {
  checkJob,
  type DeployJob,
  describeChecks,
  describeLines,
  describePlainKeys,
  type ReadCommand,
} from './ci-lines.ts';
import { removeJobs } from './ci-rest.ts';
import { expandVariables } from './shell.ts';
import { type AppFacts, noFacts, type Process, type Taken, type Value } from './taken.ts';
import { parseYaml } from './yaml.ts';

/**
 * Reads a .gitlab-ci.yml whose jobs deploy to Heroku: with docker login, build, push and a request to the API, as tutorials
 * have it, or with the Heroku CLI, kaniko, dpl or git push.
 * @throws InitError SOURCE_INVALID
 */
export function readGitlabCi(file: string, text: string): Taken {
  const yaml = parseYaml(file, text);
  const root = yaml.document.toJS() as Record<string, unknown>;
  const globals = stringsOf(root['variables']);
  const globalCommands = readScript(yaml, ['before_script']);
  const jobs = readJobs(yaml);
  const read = (commands: readonly CiCommand[], variables: Record<string, string>): ReadCommand[] =>
    commands.map((command) => ({
      ...command,
      facts: readCommand(command.text, expandVariables(command.text, variables)),
    }));
  const deploys = jobs.flatMap((job): DeployJob[] => {
    const variables = { ...globals, ...job.variables };
    const commands = read([...job.own, ...job.inherited], variables);
    return commands.some(({ facts }) => facts?.deploys) ? [{ job, commands }] : [];
  });
  if (deploys.length === 0)
    return {
      apps: [],
      lines: [{ file, line: 1, text: 'jobs', left: 'none of them deploys to Heroku, so the file stays as it is' }],
    };
  const global = read(globalCommands, globals);
  const isOnlyDeploy = global.length > 0 && global.every(({ facts }) => facts !== undefined);
  // The pipeline has a job of that name, and GitLab would merge the two.
  const checks = jobs.filter(({ name }) => name === checkJob && !deploys.some(({ job }) => job.name === name));
  const removed = [...deploys.map(({ job }) => job), ...checks];
  const { rest, notes } = removeJobs(yaml, removed, jobs, isOnlyDeploy);
  return {
    apps: appsOf(deploys, globals, isOnlyDeploy ? global : []),
    lines: [
      ...describeLines(yaml, deploys, isOnlyDeploy ? global : []),
      ...checks.flatMap((job) => describeChecks(file, job)),
      ...describePlainKeys(yaml),
      ...notes,
    ],
    pipeline: true,
    ...(rest === undefined ? {} : { rest }),
  };
}

function appsOf(
  deploys: readonly DeployJob[],
  globals: Record<string, string>,
  global: readonly ReadCommand[],
): AppFacts[] {
  // A template says nothing on its own if jobs extend it.
  const jobs = deploys.filter(({ job }) => !job.name.startsWith('.'));
  const found = (jobs.length > 0 ? jobs : deploys).map(({ job, commands }) => ({
    environment: environmentOf(job),
    facts: factsOf([...global, ...commands], { ...globals, ...job.variables }),
  }));
  const directories = [...new Set(found.map(({ facts }) => facts.directory))];
  return directories.map((directory) => {
    const own = found.filter(({ facts }) => facts.directory === directory);
    const named = own.filter(({ environment, facts }) => environment !== undefined && facts.app !== undefined);
    const apps = new Set(named.map(({ facts }) => facts.app));
    const { app, ...first } = (own.find(({ facts }) => facts.app !== undefined) ?? own[0]!).facts;
    if (apps.size > 1)
      return {
        ...first,
        environments: Object.fromEntries(named.map(({ environment, facts }) => [environment!, { app: facts.app! }])),
      };
    return { ...first, ...(app === undefined ? {} : { app }) };
  });
}

/** Returns the environment's name as deploy.json accepts it. */
function environmentOf({ name: job, settings }: CiJob): string | undefined {
  const declared = settings['environment'];
  const name = isObject(declared) ? declared['name'] : declared;
  const [, first] =
    /^([a-z][a-z0-9_-]*)(?:\/.*)?$/i.exec(
      typeof name === 'string' ? name : job.replace(/^deploy[-_: ]*(?:to[-_: ]*)?/i, ''),
    ) ?? [];
  return first?.toLowerCase();
}

function factsOf(commands: readonly ReadCommand[], variables: Record<string, string>): AppFacts {
  const all = commands.flatMap(({ facts }) => (facts === undefined ? [] : [facts]));
  const build = all.find(({ context, dockerfile }) => context !== undefined || dockerfile !== undefined);
  const app = all.map((facts) => facts.app).find((name) => name !== undefined && !name.includes('$'));
  const changesTo =
    commands.map(({ text }) => /^cd\s+([\w./-]+)$/.exec(text)?.[1]).find((path) => path !== undefined) ?? '';
  const context = joinPath(changesTo, build?.context ?? '.');
  const dockerfile =
    build?.dockerfile === undefined ? joinPath(context, 'Dockerfile') : joinPath(changesTo, build.dockerfile);
  const directory = directoryOf(dockerfile);
  const own = context === directory ? {} : { context: relativePath(directory, context) };
  const types = [...new Set(all.flatMap((facts) => facts.types ?? []))].filter((type) => !type.includes('$'));
  const processes = Object.fromEntries(types.map((type): [string, Process] => [type, {}]));
  const fileName = dockerfile.slice(directory === '' ? 0 : directory.length + 1);
  const buildArgs = Object.fromEntries(
    Object.entries(Object.assign({}, ...all.map((facts) => facts.buildArgs ?? {})) as Record<string, Value>).map(
      ([name, value]): [string, Value] => [name, typeof value === 'string' ? expandVariables(value, variables) : value],
    ),
  );
  return {
    ...noFacts(directory),
    ...(app === undefined ? {} : { app }),
    processes,
    buildArgs,
    ...own,
    ...(fileName === 'Dockerfile' ? {} : { dockerfile: fileName }),
  };
}

function relativePath(from: string, to: string): string {
  const [start, end] = [from, to].map((path) => path.split('/').filter((name) => name !== ''));
  let shared = 0;
  while (shared < start!.length && start![shared] === end![shared]) shared += 1;
  return [...start!.slice(shared).map(() => '..'), ...end!.slice(shared)].join('/') || '.';
}
