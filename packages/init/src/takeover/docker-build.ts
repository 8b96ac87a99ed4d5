import { joinPath } from '../project/snapshot.ts';
import { splitWords } from '../project/command-words.ts';
import type { Value } from './taken.ts';

/** What a command says about an image that it builds. */
export interface BuildFacts {
  /** The names that the image gets. */
  readonly tags: readonly string[];
  readonly dockerfile?: string;
  readonly context?: string;
  readonly buildArgs: Readonly<Record<string, Value>>;
  /** What of it can't be taken over. */
  readonly left?: string;
}

/** Options whose value says nothing about the image's content. */
const silent = new Set(
  '--cache-from --cache-to --platform --label --network --provenance --progress -o --output --builder --iidfile --metadata-file --sbom'.split(
    ' ',
  ),
);

/** Reads `docker build`, and other commands with its options. @param text with known variables in their values' place */
export function readBuild(text: string): BuildFacts {
  const words = wordsOf(text);
  const tags: string[] = [];
  const buildArgs: Record<string, Value> = {};
  let dockerfile: string | undefined;
  let context: string | undefined;
  let left: string | undefined;
  for (let at = Math.max(words.indexOf('build'), words.indexOf('bud')) + 1; at < words.length; at += 1) {
    const [flag, inline] = splitFlag(words[at]!);
    const value = (): string => inline ?? words[(at += 1)] ?? '';
    if (flag === '-f' || flag === '--file') dockerfile = value();
    else if (flag === '-t' || flag === '--tag') tags.push(value());
    else if (flag === '--build-arg') left = readBuildArg(value(), buildArgs) ?? left;
    else if (flag === '--target') left = targetLeft(value());
    else if (flag === '--secret') left = `--secret ${value()}: declare it in buildSecrets of deploy.json`;
    else if (silent.has(flag)) value();
    else if (/:\/\/|^git@|^-$|^<$/.test(words[at]!))
      left = "what it copies from isn't a directory of this repository: set context in deploy.json";
    else if (!flag.startsWith('-')) context ??= words[at]!;
  }
  return {
    tags,
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(context === undefined || context.includes('$') ? {} : { context }),
    buildArgs,
    ...(left === undefined ? {} : { left }),
  };
}

/** Reads a call of kaniko's executor. */
export function readKaniko(text: string): BuildFacts {
  const words = wordsOf(text);
  const valuesOf = (name: string): string[] =>
    words.flatMap((word, at) => {
      const [flag, inline] = splitFlag(word);
      return flag === name ? [inline ?? words[at + 1] ?? ''] : [];
    });
  const clean = (path: string | undefined): string | undefined =>
    path === undefined
      ? undefined
      : joinPath(path.replace(/^dir:\/\//, '').replace(/^\$\{?CI_PROJECT_DIR\}?\/?/, '')) || '.';
  const buildArgs: Record<string, Value> = {};
  const notes = valuesOf('--build-arg').map((given) => readBuildArg(given, buildArgs));
  const [target] = valuesOf('--target');
  const [dockerfile, context] = [clean(valuesOf('--dockerfile')[0]), clean(valuesOf('--context')[0])];
  const left = notes.find((note) => note !== undefined) ?? (target === undefined ? undefined : targetLeft(target));
  return {
    tags: valuesOf('--destination'),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(context === undefined ? {} : { context }),
    buildArgs,
    ...(left === undefined ? {} : { left }),
  };
}

const targetLeft = (target: string): string => `--target ${target} has no counterpart: make it the last stage`;

/** Splits a command that may contain variables. */
export function wordsOf(text: string): string[] {
  return splitWords(text.replaceAll('$', '\u0000'))?.map((word) => word.replaceAll('\u0000', '$')) ?? text.split(' ');
}

function splitFlag(word: string): [string, string | undefined] {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** Adds `NAME=value` or `NAME` to the arguments. Returns why one was left: a job's own variables change with every commit. */
export function readBuildArg(given: string, into: Record<string, Value>): string | undefined {
  const [, name, value] = /^(\w+)(?:=(.*))?$/s.exec(given) ?? [];
  if (name === undefined) return undefined;
  const [, variable] = /^\$\{?(\w+)\}?$/.exec(value ?? '') ?? [];
  const source = variable ?? (value === undefined ? name : undefined);
  if (source?.startsWith('CI_'))
    return `--build-arg ${source} would restart the app with every commit. Use ARG SOURCE_DIGEST, which only changes with the app`;
  if (source !== undefined) into[name] = { fromEnv: source };
  else if (value?.includes('$')) return `--build-arg ${given}: set ${name} in buildArgs of deploy.json to its value`;
  else if (value !== undefined) into[name] = value;
  return undefined;
}
