import { isMap, isScalar, isSeq, type Pair } from 'yaml';
import { isObject } from '../project/manifest.ts';
import { splitCommands } from './shell.ts';
import { keyOf, startOf, type YamlFile } from './yaml.ts';

/** A command of a job, with its line. */
export interface CiCommand {
  readonly text: string;
  readonly line: number;
  /** The script of the repository that it's in, if the job only calls that. */
  readonly file?: string;
}

/** A job of .gitlab-ci.yml, with what it extends. */
export interface CiJob {
  readonly name: string;
  readonly pair: Pair;
  readonly line: number;
  /** The lines of its settings. */
  readonly lines: Readonly<Record<string, number>>;
  /** In the job itself. */
  readonly own: readonly CiCommand[];
  /** Those of the jobs that it extends, if it has none of its own. */
  readonly inherited: readonly CiCommand[];
  readonly settings: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly extends: readonly string[];
}

/** The keys of .gitlab-ci.yml that aren't jobs. https://docs.gitlab.com/ci/yaml/ */
const reserved = new Set([
  'default',
  'include',
  'stages',
  'variables',
  'workflow',
  'image',
  'services',
  'cache',
  'before_script',
  'after_script',
  'spec',
  'pages',
]);
const scripts = ['before_script', 'script', 'after_script'];

export function readJobs(yaml: YamlFile): CiJob[] {
  const pairs = yaml.root.items.filter((pair) => isMap(pair.value) && !reserved.has(keyOf(pair)));
  const all = yaml.document.toJS() as Record<string, unknown>;
  const jobs = pairs.map((pair): CiJob => {
    const name = keyOf(pair);
    const settings = isObject(all[name]) ? all[name] : {};
    const parents = settings['extends'];
    return {
      name,
      pair,
      line: yaml.lineAt(startOf(pair)),
      lines: isMap(pair.value)
        ? Object.fromEntries(pair.value.items.map((item) => [keyOf(item), yaml.lineAt(startOf(item))]))
        : {},
      own: scripts.flatMap((key) => {
        const own = readScript(yaml, [name, key]);
        // A merged key, as in <<: *template, isn't in the job itself.
        return own.length > 0 ? own : commandsOf(settings[key], yaml.lineAt(startOf(pair)));
      }),
      inherited: [],
      settings,
      variables: stringsOf(settings['variables']),
      extends: Array.isArray(parents) ? parents.map(String) : typeof parents === 'string' ? [parents] : [],
    };
  });
  return jobs.map((job) => inherit(job, jobs, 0));
}

function inherit(job: CiJob, jobs: readonly CiJob[], depth: number): CiJob {
  const parents = job.extends.flatMap((name) => jobs.filter((other) => other.name === name));
  if (parents.length === 0 || depth > 5) return job;
  const resolved = parents.map((parent) => inherit(parent, jobs, depth + 1));
  const hasScript = 'script' in job.settings;
  return {
    ...job,
    inherited: hasScript ? [] : resolved.flatMap(({ own, inherited }) => [...own, ...inherited]),
    settings: Object.assign({}, ...resolved.map(({ settings }) => settings), job.settings) as Record<string, unknown>,
    variables: Object.assign({}, ...resolved.map(({ variables }) => variables), job.variables) as Record<
      string,
      string
    >,
  };
}

/**
 * Returns the commands of a script: a string, or a list of strings, in which lists may be nested, and in which `!reference`
 * stands for another job's script. https://docs.gitlab.com/ci/yaml/yaml_optimization/#reference-tags
 */
export function readScript(yaml: YamlFile, path: readonly string[], depth = 0): CiCommand[] {
  const read = (node: unknown): CiCommand[] => {
    if (isSeq(node) && node.tag === '!reference')
      return depth > 10 ? [] : readScript(yaml, node.toJSON().map(String), depth + 1);
    if (isSeq(node)) return node.items.flatMap(read);
    const target = isScalar(node)
      ? node
      : (node as { resolve?: (document: unknown) => unknown } | null)?.resolve?.(yaml.document);
    if (isSeq(target)) return target.items.flatMap(read);
    if (!isScalar(target) || typeof target.value !== 'string') return [];
    const isBlock = target.type === 'BLOCK_LITERAL' || target.type === 'BLOCK_FOLDED';
    const line = yaml.lineAt(target.range?.[0]) + (isBlock ? 1 : 0);
    return splitCommands(target.value).map(({ text, offset }) => ({
      text,
      line: line + (target.type === 'BLOCK_FOLDED' ? 0 : offset),
    }));
  };
  return read(yaml.document.getIn(path, true));
}

/** Returns variables with their values. A value may be an object with a description. */
export function stringsOf(variables: unknown): Record<string, string> {
  if (!isObject(variables)) return {};
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, declared]) => {
      const value = isObject(declared) ? declared['value'] : declared;
      return typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [];
    }),
  );
}

function commandsOf(script: unknown, line: number): CiCommand[] {
  const items: unknown[] = Array.isArray(script) ? (script as unknown[]).flat(3) : [script];
  return items.flatMap((item) =>
    typeof item === 'string' ? splitCommands(item).map(({ text }) => ({ text, line })) : [],
  );
}
