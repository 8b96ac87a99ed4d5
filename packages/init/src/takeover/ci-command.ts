import { joinPath } from '../project/snapshot.ts';
import { splitWords } from '../project/start.ts';
import type { Value } from './taken.ts';

/** What a command of a deploy job says about the deploy. */
export interface CommandFacts {
  /** A Heroku app as the command names it: a name, or a variable such as `$HEROKU_APP`. */
  readonly app?: string;
  /** The process types whose images it pushes or releases. */
  readonly types?: readonly string[];
  readonly dockerfile?: string;
  readonly context?: string;
  readonly buildArgs?: Readonly<Record<string, Value>>;
  readonly apiKey?: string;
  /** What the command became. */
  readonly became?: string;
  /** What of it can't be taken over. */
  readonly left?: string;
  /** Whether the command alone shows that the job deploys to Heroku. */
  readonly deploys?: boolean;
}

const reference = /registry\.heroku\.com\/(\$\{?\w+\}?|[\w-]+)\/([\w-]+)/;
const appFlag = /(?:^|\s)(?:-a|--app)[\s=]+(\$\{?\w+\}?|[\w-]+)/;
const apiKeyVariable = /\$\{?(\w*(?:KEY|TOKEN|PASSWORD|SECRET)\w*)\}?/;

/** Returns what a command says. Undefined if it isn't part of a deploy to Heroku. */
export function readCommand(text: string, expanded: string): CommandFacts | undefined {
  const key = keyOf(text);
  const [, app, type] = reference.exec(expanded) ?? [];
  if (/\bcurl\b|\bwget\b/.test(text) && /api\.heroku\.com/.test(expanded)) return readApiCall(expanded, key);
  if (/\bdocker\s+login\b/.test(text)) {
    if (!/registry\.heroku\.com/.test(expanded)) return undefined;
    return { ...key, deploys: true, became: 'tozo logs in with HEROKU_API_KEY' };
  }
  if (/\bheroku\s+(?:container:login|auth)/.test(text))
    return { deploys: true, became: 'tozo logs in with HEROKU_API_KEY' };
  if (/\bdocker\s+(?:buildx\s+)?build\b/.test(text)) return readBuild(expanded, app, type);
  if (/\/kaniko\/executor\b/.test(text))
    return app === undefined
      ? undefined
      : {
          ...readKaniko(expanded),
          app,
          types: [type!],
          deploys: true,
          became: 'tozo deploy builds and pushes the image',
        };
  if (/\bdocker\s+(?:image\s+)?(?:push|tag)\b/.test(text))
    return app === undefined
      ? undefined
      : {
          app,
          types: [type!],
          deploys: true,
          became: `processes.${type} in deploy.json; tozo deploy pushes the image`,
        };
  if (/\bdocker\s+(?:pull|info|version|inspect|image\s+inspect|images|logout)\b/.test(text))
    return { became: 'not needed' };
  if (/\bheroku\s+container:(?:push|release)\b/.test(text)) return readHerokuContainer(expanded);
  if (/\bdpl\b.*heroku/.test(text)) return readDpl(text, expanded);
  if (/\bgit\s+(?:push|remote\s+add)\b.*heroku/.test(text)) return readGitPush(expanded);
  if (isSetUp(text)) return { became: 'not needed' };
  if (/\bheroku\s+run\b/.test(text))
    return {
      ...appOf(expanded),
      deploys: true,
      left: 'add processes.release to deploy.json: its command runs before each new version',
    };
  if (/\bheroku\s+(?:ps:scale|scale|dyno:scale)\b/.test(text))
    return { deploys: true, left: 'set "dynos" of the process types in deploy.json' };
  if (/\bheroku\s+config:set\b/.test(text))
    return { deploys: true, left: 'declare these in configVars of deploy.json' };
  if (/\bheroku\b/.test(text)) return { deploys: true, left: 'run it by hand, or in a job of your own' };
  return undefined;
}

function keyOf(text: string): Pick<CommandFacts, 'apiKey'> {
  const [, name] = apiKeyVariable.exec(text) ?? [];
  return name === undefined ? {} : { apiKey: name };
}

function appOf(text: string): Pick<CommandFacts, 'app'> {
  const [, app] = appFlag.exec(text) ?? [];
  return app === undefined ? {} : { app };
}

/** Commands that prepare what a job of tozo doesn't need. */
function isSetUp(text: string): boolean {
  return (
    /^(?:apk|apt|apt-get)\s.*\b(?:update|add|install)\b/.test(text) ||
    /^(?:npm|yarn|gem|pip3?)\s+(?:i|install|add|global add)\b.*\b(?:heroku|dpl)\b/.test(text) ||
    /cli-assets\.heroku\.com|heroku-cli/.test(text) ||
    /^(?:export\s+)?\w*(?:IMAGE|DIGEST|SHA)\w*=\$\(docker\s/i.test(text) ||
    /^(?:echo|printf)\b(?!.*>)|^set\s[-+]/.test(text)
  );
}

function readBuild(text: string, app: string | undefined, type: string | undefined): CommandFacts | undefined {
  const words = splitWords(text.replaceAll('$', '\u0000'))?.map((word) => word.replaceAll('\u0000', '$')) ?? [];
  const buildArgs: Record<string, Value> = {};
  let dockerfile: string | undefined;
  let context: string | undefined;
  let left: string | undefined;
  const start = words.indexOf('build') + 1;
  for (let at = start; at < words.length; at += 1) {
    const [flag, inline] = splitFlag(words[at]!);
    const value = (): string => inline ?? words[(at += 1)] ?? '';
    if (flag === '-f' || flag === '--file') dockerfile = value();
    else if (flag === '--build-arg') {
      const given = value();
      readBuildArg(given, buildArgs);
      const [, predefined] = /^\w+(?:=\$\{?(CI_\w+)\}?)?$/.exec(given) ?? [];
      const name = predefined ?? (given.startsWith('CI_') ? given : undefined);
      if (name !== undefined)
        left = `--build-arg ${name} would restart the app with every commit. Use ARG SOURCE_DIGEST, which only changes with the app`;
    } else if (flag === '--target') left = `--target ${value()} has no counterpart: make it the last stage`;
    else if (
      [
        '-t',
        '--tag',
        '--cache-from',
        '--cache-to',
        '--platform',
        '--label',
        '--network',
        '--provenance',
        '--progress',
        '-o',
        '--output',
        '--secret',
      ].includes(flag)
    ) {
      const given = value();
      if (flag === '--secret') left = `--secret ${given}: declare it in buildSecrets of deploy.json`;
    } else if (!flag.startsWith('-')) context = words[at]!;
  }
  return {
    ...(app === undefined ? {} : { app, types: [type!], deploys: true }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(context === undefined ? {} : { context }),
    buildArgs,
    became: 'tozo deploy builds the image',
    ...(left === undefined ? {} : { left }),
  };
}

function splitFlag(word: string): [string, string | undefined] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

function readBuildArg(text: string, into: Record<string, Value>): void {
  const [, name, value] = /^(\w+)(?:=(.*))?$/s.exec(text) ?? [];
  if (name === undefined) return;
  const [, variable] = /^\$\{?(\w+)\}?$/.exec(value ?? '') ?? [];
  const source = variable ?? (value === undefined ? name : undefined);
  // A job's own variables are set nowhere else, and change the image with every commit.
  if (source !== undefined) {
    if (!source.startsWith('CI_')) into[name] = { fromEnv: source };
  } else if (value !== undefined && !value.includes('$')) into[name] = value;
}

function readKaniko(text: string): CommandFacts {
  const [, dockerfile] = /--dockerfile[=\s]+["']?([^\s"']+)/.exec(text) ?? [];
  const [, context] = /--context[=\s]+["']?([^\s"']+)/.exec(text) ?? [];
  const clean = (path: string): string =>
    joinPath(path.replace(/^dir:\/\//, '').replace(/^\$\{?CI_PROJECT_DIR\}?\/?/, '')) || '.';
  return { ...(dockerfile ? { dockerfile: clean(dockerfile) } : {}), ...(context ? { context: clean(context) } : {}) };
}

function readHerokuContainer(text: string): CommandFacts {
  const [, verb = '', rest = ''] = /container:(push|release)\s*(.*)/.exec(text) ?? [];
  const types = rest
    .replace(appFlag, ' ')
    .split(' ')
    .filter((word) => /^[a-z][\w-]*$/.test(word));
  const left = /--recursive/.test(text)
    ? {
        left: 'with --recursive each process type has a Dockerfile of its own (Dockerfile.web, …). All run one image now: set processes.TYPE.command',
      }
    : {};
  return {
    ...appOf(text),
    types,
    deploys: true,
    became:
      verb === 'push'
        ? 'tozo deploy builds and pushes the image'
        : 'tozo deploy releases it, and waits until it responds',
    ...left,
  };
}

function readApiCall(text: string, key: Pick<CommandFacts, 'apiKey'>): CommandFacts {
  const [, app] = /api\.heroku\.com\/apps\/(\$\{?\w+\}?|[\w-]+)/.exec(text) ?? [];
  const types = [...text.matchAll(/"type"\s*:\s*"([\w-]+)"/g)].map(([, type]) => type!);
  const isRelease = /\/formation/.test(text);
  return {
    ...(app === undefined ? {} : { app }),
    ...key,
    types,
    deploys: true,
    ...(isRelease
      ? { became: 'tozo deploy releases it by image ID, and waits until it responds' }
      : { left: 'tozo makes no such request: run it by hand, or in a job of your own' }),
  };
}

function readDpl(text: string, expanded: string): CommandFacts {
  const [, app] = /--app[=\s]+["']?(\$\{?\w+\}?|[\w-]+)/.exec(expanded) ?? [];
  return {
    ...keyOf(/--api[-_]key[=\s]+(\S+)/.exec(text)?.[1] ?? ''),
    ...(app ? { app } : {}),
    types: ['web'],
    deploys: true,
    became: 'tozo deploy, with an image instead of a buildpack',
  };
}

function readGitPush(text: string): CommandFacts {
  const [, app] = /git\.heroku\.com\/(\$\{?\w+\}?|[\w-]+?)(?:\.git|["'\s]|$)/.exec(text) ?? [];
  return {
    ...(app ? { app } : {}),
    types: ['web'],
    deploys: true,
    became: 'tozo deploy, with an image instead of a buildpack',
  };
}
