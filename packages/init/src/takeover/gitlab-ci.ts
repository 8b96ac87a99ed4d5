import { isObject } from '../project/manifest.ts';
import { directoryOf, joinPath } from '../project/snapshot.ts';
import { type CommandFacts, readCommand } from './ci-command.ts';
import { type CiCommand, type CiJob, readJobs, readScript, stringsOf } from './ci-jobs.ts';
import { removeJobs } from './ci-rest.ts';
import { expandVariables } from './shell.ts';
import { type AppFacts, noFacts, type Process, type Taken, type TakenLine, type Value } from './taken.ts';
import { parseYaml, type YamlFile } from './yaml.ts';

interface ReadCommand extends CiCommand {
  readonly facts: CommandFacts | undefined;
}

/** A job that deploys to Heroku. */
interface DeployJob {
  readonly job: CiJob;
  readonly commands: readonly ReadCommand[];
}

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

function describeLines({ file }: YamlFile, deploys: readonly DeployJob[], global: readonly ReadCommand[]): TakenLine[] {
  const commands = [...global, ...deploys.flatMap((deploy) => deploy.commands)];
  const described = commands.flatMap(({ text, line, facts }): TakenLine[] => {
    const at = { file, line, text };
    if (facts === undefined) return [{ ...at, left: 'it belongs to no deploy: move it to a job of your own' }];
    const { became, left } = facts;
    return [...(became === undefined ? [] : [{ ...at, became }]), ...(left === undefined ? [] : [{ ...at, left }])];
  });
  const seen = new Set<string>();
  const settings = deploys.flatMap(({ job }) => describeSettings(file, job));
  return [...described, ...settings, ...describeVariables(file, deploys)].filter((line) => {
    const key = JSON.stringify(line);
    return !seen.has(key) && seen.add(key);
  });
}

/** A key with its value in the file is in the repository's history, too. */
function describePlainKeys({ file, text }: YamlFile): TakenLine[] {
  return text.split('\n').flatMap((line, index): TakenLine[] => {
    const name = /^\s*["']?(HEROKU_\w*(?:KEY|TOKEN|PASSWORD))["']?\s*:\s*["']?[^\s"'$]/.exec(line)?.[1];
    if (name === undefined) return [];
    const left = `it's in the repository in plain text: revoke it (heroku authorizations), remove the line, and set a new one as a masked CI/CD variable HEROKU_API_KEY with the scope production/*`;
    return [{ file, line: index + 1, text: `${name}: …`, left }];
  });
}

/** The job of the pipeline that installs, lints, tests and builds. */
const checkJob = 'lint-test';

function describeChecks(file: string, { own, inherited, lines, name, line }: CiJob): TakenLine[] {
  const usual =
    /^(?:npm (?:ci|i|install|test|t)|(?:npm|pnpm|yarn)(?: run)? (?:lint|test|build|install)|pnpm i|yarn|npx nx (?:affected|run-many)|corepack enable)\b|\bnx affected\b/;
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

function describeSettings(file: string, { name, line, lines, settings }: CiJob): TakenLine[] {
  const at = (key: string) => ({ file, line: lines[key] ?? line, text: `${name}: ${key}` });
  return Object.keys(settings).flatMap((key): TakenLine[] => {
    if (
      [
        'script',
        'before_script',
        'after_script',
        'variables',
        'extends',
        'interruptible',
        'retry',
        'resource_group',
        'tags',
        'cache',
        'timeout',
      ].includes(key)
    )
      return key === 'tags'
        ? [{ ...at(key), left: 'set tags for the runner in "default:" if the new jobs need them' }]
        : [];
    if (key === 'image' || key === 'services')
      return [{ ...at(key), became: 'not needed: no Docker, no privileged runner' }];
    if (key === 'stage' || key === 'type' || key === 'needs' || key === 'dependencies')
      return [{ ...at(key), became: 'the stage deploy, after every job of the stages before' }];
    if (key === 'environment') return [{ ...at(key), became: 'the environment production/APP of the deploy job' }];
    if (key === 'only' || key === 'rules') {
      const text = JSON.stringify(settings[key]);
      const isDefault = /"(?:main|master)"|CI_DEFAULT_BRANCH|== ?\\?"(?:main|master)\\?"/.test(text);
      if (/manual/.test(text))
        return [
          {
            ...at(key),
            left: 'deploys run on every push to the default branch. For a manual one, use an environment with "after"',
          },
        ];
      return [
        isDefault
          ? { ...at(key), became: 'deploys on the default branch only' }
          : { ...at(key), left: 'deploys run on the default branch only' },
      ];
    }
    if (key === 'when')
      return settings[key] === 'manual'
        ? [
            {
              ...at(key),
              left: 'deploys run on every push to the default branch. For a manual one, use an environment with "after"',
            },
          ]
        : [];
    return [{ ...at(key), left: 'the deploy job has no such setting' }];
  });
}

function describeVariables(file: string, deploys: readonly DeployJob[]): TakenLine[] {
  const commands = deploys.flatMap(({ commands: own }) => own);
  const keys = [...new Set(commands.flatMap(({ facts }) => facts?.apiKey ?? []))].filter(
    (name) => name !== 'HEROKU_API_KEY',
  );
  const apps = [
    ...new Set(
      commands.flatMap(({ facts }) => (facts?.app?.startsWith('$') ? [facts.app.replaceAll(/[${}]/g, '')] : [])),
    ),
  ];
  const line = deploys[0]!.job.line;
  return [
    ...keys.map((name) => ({
      file,
      line,
      text: `$${name}`,
      left: 'rename this CI/CD variable to HEROKU_API_KEY, with the scope production/*',
    })),
    ...(keys.length === 0
      ? [
          {
            file,
            line,
            text: '$HEROKU_API_KEY',
            left: 'set the scope of this CI/CD variable to production/*: lint-test fails if it sees the key',
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
