import type { CommandFacts } from './command-facts.ts';
import { readBuildArg, wordsOf } from './docker-build.ts';
import type { Value } from './taken.ts';

const appFlag = /(?:^|\s)(?:-a|--app)(?:\s+|=)["']?([^\s"']+)/;

/** What becomes of the commands of the Heroku CLI that only need a sentence. The first match counts. */
const sentences: readonly (readonly [pattern: RegExp, facts: Omit<CommandFacts, 'app'>])[] = [
  [/\bheroku\s+(?:container:login|auth|login)/, { deploys: true, became: 'tozo logs in with HEROKU_API_KEY' }],
  [/\bheroku\s+(?:--version|version|update|plugins|whoami|help)\b/, { became: 'not needed' }],
  [
    /\bheroku\s+git:remote\b/,
    { types: ['web'], deploys: true, became: 'tozo deploy, with an image instead of a buildpack' },
  ],
  [
    /\bheroku\s+run\b/,
    { deploys: true, left: 'add processes.release to deploy.json: its command runs before each new version' },
  ],
  [
    /\bheroku\s+(?:ps:scale|scale|dyno:scale)\b/,
    { deploys: true, left: 'set "dynos" of the process types in deploy.json' },
  ],
  [/\bheroku\s+config:set\b/, { deploys: true, left: 'declare these in configVars of deploy.json' }],
  [
    /\bheroku\s+(?:stack:set|stack)\b/,
    { deploys: true, left: 'the stack is container: npx tozo doctor says if it is not' },
  ],
  [
    /\bheroku\s+(?:maintenance|ps:restart|restart)\b/,
    { deploys: true, became: 'not needed: a release starts the new version, and tozo waits until it responds' },
  ],
  [
    /\bheroku\s+(?:apps:)?(?:create|destroy)\b/,
    { deploys: true, left: 'create or delete the app by hand, or with infrastructure.mts' },
  ],
];

/** Returns what a command of the Heroku CLI says. Undefined if it isn't one. */
export function readHerokuCli(text: string, expanded: string): CommandFacts | undefined {
  if (/heroku/i.test(text) && /\bcontainer:(?:push|release)\b/.test(text)) return readContainer(expanded);
  const [, facts] = sentences.find(([pattern]) => pattern.test(text)) ?? [];
  if (facts) return { ...appOf(expanded), ...facts };
  if (/^(?:sudo\s+)?heroku\s/.test(text)) return { deploys: true, left: 'run it by hand, or in a job of your own' };
  return undefined;
}

function appOf(text: string): Pick<CommandFacts, 'app'> {
  const [, app] = appFlag.exec(text) ?? [];
  return app === undefined ? {} : { app };
}

function readContainer(text: string): CommandFacts {
  const [, verb = '', rest = ''] = /container:(push|release)\s*(.*)/.exec(text) ?? [];
  const words = wordsOf(rest.replace(appFlag, ' '));
  const buildArgs: Record<string, Value> = {};
  const types: string[] = [];
  let context: string | undefined;
  let left: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const [flag, inline] = words[at]!.split(/=(.*)/s) as [string, string?];
    if (flag === '--arg' || flag === '--context-path') {
      const value = inline ?? words[(at += 1)] ?? '';
      if (flag === '--context-path') context = value;
      else for (const given of value.split(',')) left = readBuildArg(given, buildArgs) ?? left;
    } else if (/^[a-z][\w-]*$/.test(flag) && inline === undefined) types.push(flag);
  }
  if (words.some((word) => word === '--recursive' || word === '-R'))
    left =
      'with --recursive each process type has a Dockerfile of its own (Dockerfile.web, …). All run one image now: set processes.TYPE.command';
  const build =
    verb === 'push' ? { build: { tags: [], buildArgs, ...(context === undefined ? {} : { context }) } } : {};
  return {
    ...appOf(text),
    types,
    ...(verb === 'release' ? { releases: true } : {}),
    deploys: true,
    became:
      verb === 'push'
        ? 'tozo deploy builds and pushes the image'
        : 'tozo deploy releases it, and waits until it responds',
    ...build,
    ...(left === undefined ? {} : { left }),
  };
}
