import { isMap, type Pair } from 'yaml';
import { isObject } from '../project/manifest.ts';
import { directoryOf } from '../project/snapshot.ts';
import { toCommand } from '../project/command-words.ts';
import { noFacts, type Process, type Taken, type TakenLine, type Value } from './taken.ts';
import { keyOf, parseYaml, startOf } from './yaml.ts';

/** Reads a heroku.yml. https://devcenter.heroku.com/articles/build-docker-images-heroku-yml */
export function readHerokuYml(file: string, text: string): Taken {
  const yaml = parseYaml(file, text);
  const lines: TakenLine[] = [];
  const processes: Record<string, Process> = {};
  const buildArgs: Record<string, Value> = {};
  const configVars: Record<string, Value> = {};
  const dockerfiles: Record<string, string> = {};
  const say = (pair: Pair, result: { became: string } | { left: string }): void => {
    const line = yaml.lineAt(startOf(pair));
    lines.push({ file, line, text: (text.split('\n')[line - 1] ?? '').trim(), ...result });
  };
  const pairsOf = (...path: string[]): Pair[] => {
    const node = yaml.document.getIn(path);
    return isMap(node) ? [...node.items] : [];
  };
  const valueOf = (pair: Pair): unknown => (pair.value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? undefined;
  for (const pair of pairsOf()) readSection(pair);
  const [first = 'Dockerfile'] = Object.values(dockerfiles);
  // The same image without a command of its own would start what web starts.
  for (const [type, path] of Object.entries(dockerfiles))
    if (path !== first && processes[type]?.command === undefined) delete processes[type];
  const image = {
    ...(first === 'Dockerfile' ? {} : { dockerfile: first }),
    // Heroku builds in the Dockerfile's directory.
    ...(directoryOf(first) === '' ? {} : { context: directoryOf(first) }),
  };
  return { apps: [{ ...noFacts(directoryOf(file)), processes, buildArgs, configVars, ...image }], lines };

  function readSection(section: Pair): void {
    const name = keyOf(section);
    if (name === 'build') {
      for (const pair of pairsOf('build', 'docker')) readDockerfile(pair);
      for (const pair of pairsOf('build', 'config')) {
        buildArgs[keyOf(pair)] = textOf(valueOf(pair));
        say(pair, { became: `buildArgs.${keyOf(pair)} in deploy.json` });
      }
      for (const pair of pairsOf('build'))
        if (!['docker', 'config'].includes(keyOf(pair)))
          say(pair, {
            left:
              keyOf(pair) === 'languages' || keyOf(pair) === 'pack'
                ? 'write a Dockerfile instead'
                : 'deploy.json has no such setting',
          });
    } else if (name === 'run') for (const pair of pairsOf('run')) readProcess(pair);
    else if (name === 'release') {
      const command = commandOf(valueOf(section));
      if (command) processes['release'] = { command };
      say(
        section,
        command
          ? { became: 'processes.release in deploy.json' }
          : { left: 'it has no command: add processes.release to deploy.json' },
      );
    } else if (name === 'setup') {
      for (const pair of pairsOf('setup', 'config')) {
        configVars[keyOf(pair)] = textOf(valueOf(pair));
        say(pair, { became: `configVars.${keyOf(pair)} in deploy.json` });
      }
      for (const pair of pairsOf('setup'))
        if (keyOf(pair) !== 'config')
          say(pair, {
            left:
              keyOf(pair) === 'addons'
                ? 'add-ons stay as they are. For a new app: heroku addons:create PLAN'
                : 'set it on Heroku',
          });
    } else say(section, { left: 'deploy.json has no such setting' });
  }

  function readDockerfile(pair: Pair): void {
    const declared = valueOf(pair);
    const path =
      typeof declared === 'string'
        ? declared
        : isObject(declared)
          ? textOf(declared['dockerfile'] ?? 'Dockerfile')
          : 'Dockerfile';
    const type = keyOf(pair);
    const other = Object.values(dockerfiles)[0];
    if (isObject(declared) && 'target' in declared) {
      say(pair, { left: 'a build target has no counterpart: make it the last stage of a Dockerfile of its own' });
    } else if (other !== undefined && other !== path) {
      say(pair, {
        left: `all process types run one image. Add what ${path} adds to ${other}, and processes.${type} with its command to deploy.json`,
      });
    } else
      say(pair, {
        became:
          path === 'Dockerfile' ? 'the Dockerfile, which deploy.json uses by default' : 'dockerfile in deploy.json',
      });
    dockerfiles[type] = path;
    processes[type] ??= {};
  }

  function readProcess(pair: Pair): void {
    const type = keyOf(pair);
    const command = commandOf(valueOf(pair));
    processes[type] = command ? { command } : {};
    say(pair, { became: `processes.${type} in deploy.json` });
  }
}

/** A string, or `{ command: [string], image: web }`, whose strings Heroku gives to a shell. */
function commandOf(declared: unknown): string[] | undefined {
  const given = isObject(declared) ? declared['command'] : declared;
  const text = Array.isArray(given) ? given.map(String).join(' && ') : typeof given === 'string' ? given : undefined;
  return text === undefined || text.trim() === '' ? undefined : toCommand(text);
}

/** A value that isn't a list or a map, as text. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);
}
