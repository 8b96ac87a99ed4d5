import { isMap, isScalar, isSeq, type Pair, parseDocument, stringify, type YAMLSeq } from 'yaml';
import { isObject } from '../project/manifest.ts';
import type { CiJob } from './ci-jobs.ts';
import type { TakenLine } from './taken.ts';
import { keyOf, startOf, type YamlFile } from './yaml.ts';

/**
 * Returns the file's text without jobs that the pipeline now has, byte for byte the same elsewhere. No text if it can't be
 * edited safely, which the notes say.
 * @param withGlobals whether before_script, too, only serves these jobs
 */
export function removeJobs(
  yaml: YamlFile,
  removed: readonly CiJob[],
  all: readonly CiJob[],
  withGlobals: boolean,
): { readonly rest?: string; readonly notes: readonly TakenLine[] } {
  const names = new Set(removed.map(({ name }) => name));
  const others = all.filter(({ name }) => !names.has(name));
  const needsDocker = others.some((job) => [...job.own, ...job.inherited].some(({ text }) => /\bdocker\b/.test(text)));
  const isGone = (pair: Pair): boolean => {
    const key = keyOf(pair);
    if (names.has(key)) return true;
    if (key === 'before_script') return withGlobals;
    return !needsDocker && (key === 'image' || key === 'services') && isDocker(pair.value);
  };
  const pairs = yaml.root.items;
  const gone = pairs.filter(isGone);
  const notes = [
    ...gone.filter((pair) => !names.has(keyOf(pair))).map((pair) => note(yaml, pair, { became: 'not needed' })),
  ];
  const rest = removePairs(yaml.text, pairs, gone);
  const stage = removed.map(({ settings }) => settings['stage']).findLast((one) => typeof one === 'string');
  const withStages = addStages(rest, others.length > 0, stage);
  const { errors } = parseDocument(withStages);
  if (errors.length > 0) {
    const left = "it can't be removed without breaking the rest of the file: remove it by hand";
    return { notes: [...notes, ...removed.map(({ pair }) => note(yaml, pair, { left }))] };
  }
  return { rest: withStages, notes };
}

/** Whether an image, or every service, is Docker's own. */
function isDocker(value: unknown): boolean {
  const plain = (value as { toJSON?: () => unknown } | null)?.toJSON?.();
  const names = [plain].flat().map((one) => (isObject(one) ? one['name'] : one));
  return names.every((name) => typeof name === 'string' && /^(?:docker\.io\/)?(?:library\/)?docker(?::|$)/.test(name));
}

function note(yaml: YamlFile, pair: Pair, result: { became: string } | { left: string }): TakenLine {
  return { file: yaml.file, line: yaml.lineAt(startOf(pair)), text: keyOf(pair), ...result };
}

/** Removes whole lines, with the comment lines directly above each pair. */
function removePairs(text: string, pairs: readonly Pair[], gone: readonly Pair[]): string {
  const lines = text.split('\n');
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length - 1;
  const starts = pairs.map((pair) => lineOf(startOf(pair) ?? 0));
  const keep = new Set(lines.keys());
  for (const pair of gone) {
    const index = pairs.indexOf(pair);
    let from = starts[index]!;
    let to = starts[index + 1] ?? lines.length;
    while (from > 0 && /^\s*#/.test(lines[from - 1]!)) from -= 1;
    // What precedes the next pair, such as its comment, belongs to that one.
    while (to > starts[index]! + 1 && starts[index + 1] !== undefined && /^(?:#.*|\s*)$/.test(lines[to - 1]!)) to -= 1;
    for (let line = from; line < to; line += 1) keep.delete(line);
  }
  const kept = lines.filter((_, index) => keep.has(index)).join('\n');
  return `${kept
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd()}\n`.replace(/^\n$/, '');
}

/**
 * The jobs of the pipeline need the stages lint-test and deploy. Without others, they bring them.
 * @param deployStage of the jobs that deployed, which the new ones follow: others may need them
 */
function addStages(text: string, hasOthers: boolean, deployStage: string | undefined): string {
  const document = parseDocument(text);
  const root = document.contents;
  const pair = isMap(root) ? root.items.find((item) => keyOf(item) === 'stages') : undefined;
  if (!hasOthers) return pair === undefined ? text : removePairs(text, isMap(root) ? root.items : [], [pair]);
  const present =
    pair && isSeq(pair.value)
      ? pair.value.items.map((item) => (isScalar(item) ? String(item.value) : ''))
      : ['build', 'test'];
  if (pair !== undefined && present.includes('lint-test') && present.includes('deploy')) return text;
  const after =
    deployStage !== undefined && present.includes(deployStage) ? present.indexOf(deployStage) + 1 : present.length;
  const withDeploy = present.includes('deploy') ? present : present.toSpliced(after, 0, 'deploy');
  const stages = [...(present.includes('lint-test') ? [] : ['lint-test']), ...withDeploy];
  if (pair === undefined) return `${stringify({ stages })}\n${text}`;
  const listed = isSeq(pair.value) ? addItems(text, pair.value, stages) : undefined;
  if (listed !== undefined) return listed;
  const block = stringify({ stages });
  const [from, to] = [startOf(pair), (pair.value as { range?: readonly number[] } | null)?.range?.[1]];
  return from === undefined || to === undefined
    ? text
    : `${text.slice(0, from)}${block.trimEnd()}${text.slice(to).replace(/^[ \t]*\n?/, '\n')}`;
}

/** Adds lines to a list of one item a line, above and below the items that it has. Undefined for a list of another layout. */
function addItems(text: string, { items, flow }: YAMLSeq, wanted: readonly string[]): string | undefined {
  const offsets = items.map((item) => (isScalar(item) ? item.range?.[0] : undefined));
  const [first] = offsets;
  if (flow === true || first === undefined || offsets.includes(undefined)) return undefined;
  const startOfLine = (offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;
  const dash = /^[ \t]*-[ \t]+/.exec(text.slice(startOfLine(first), first))?.[0];
  if (dash === undefined) return undefined;
  const own = items.map((item) => (isScalar(item) ? String(item.value) : ''));
  const added = (names: readonly string[]): string => names.map((name) => `${dash}${name}\n`).join('');
  const lines = own.map((name, index) => {
    const end = text.indexOf('\n', offsets[index]);
    const next = own[index + 1];
    const behind = wanted.slice(wanted.indexOf(name) + 1, next === undefined ? undefined : wanted.indexOf(next));
    const [from, to] = [startOfLine(offsets[index]!), end < 0 ? text.length : end + 1];
    return { from, to, text: `${text.slice(from, to)}${end < 0 && behind.length > 0 ? '\n' : ''}${added(behind)}` };
  });
  const [from, to] = [lines[0]!.from, lines.at(-1)!.to];
  const between = lines.map((line, index) => line.text + text.slice(line.to, lines[index + 1]?.from ?? line.to));
  return `${text.slice(0, from)}${added(wanted.slice(0, wanted.indexOf(own[0]!)))}${between.join('')}${text.slice(to)}`;
}
