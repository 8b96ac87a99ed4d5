import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The layers that faults belong to. The layer decides which tests can show that a fault is handled. */
export type FaultLayer = 'registry-pusher' | 'deploy' | 'gitlab' | 'sandbox' | 'infrastructure';

const ranges: readonly (readonly [from: number, to: number, layer: FaultLayer])[] = [
  [1, 57, 'registry-pusher'],
  [58, 84, 'deploy'],
  [85, 88, 'gitlab'],
  [89, 92, 'deploy'],
  [93, 94, 'registry-pusher'],
  [95, 124, 'deploy'],
  [125, 131, 'gitlab'],
  [132, 156, 'registry-pusher'],
  [157, 166, 'sandbox'],
  [167, 176, 'deploy'],
  [177, 178, 'registry-pusher'],
  [179, 180, 'deploy'],
  [181, 181, 'registry-pusher'],
  [182, 191, 'infrastructure'],
  [192, 192, 'sandbox'],
  [193, 193, 'infrastructure'],
];

/** The numbered faults, by number: situations in which something goes wrong and the code must do the right thing. */
export const faultLayers: ReadonlyMap<number, FaultLayer> = new Map(
  ranges.flatMap(([from, to, layer]) => numbersBetween(from, to).map((number) => [number, layer] as const)),
);

/** The faults that no test covers yet. A test that covers one takes its number out. */
export const uncitedFaults: readonly number[] = [];

/**
 * The layers that the tests of a directory exercise. A package other than the fault's own is cited under its own name: the
 * citation tells what the test is about, and doesn't count as coverage.
 */
const layersByDirectory: Readonly<Record<string, readonly string[]>> = {
  'packages/registry-pusher/': ['registry-pusher'],
  'packages/heroku-client/': ['heroku-client'],
  'packages/gitlab-variables/': ['gitlab', 'gitlab-variables'],
  'packages/gitlab-ci/': ['gitlab'],
  'packages/infrastructure/': ['infrastructure'],
  'packages/deploy/': ['deploy', 'gitlab'],
  'packages/nx/': ['nx', 'gitlab'],
  'packages/cli/': ['cli', 'deploy', 'gitlab'],
  'packages/sandbox/': ['sandbox'],
};
const allLayers = new Set(Object.values(layersByDirectory).flat());

/** One `(fault 12, registry-pusher)`, `(faults 1, 2, 26, deploy)` or `(faults 1–4, deploy)` in a file. */
export interface Citation {
  readonly file: string;
  readonly text: string;
  readonly faults: readonly number[];
  /** Undefined if the citation names none. */
  readonly layer: string | undefined;
}

/** Returns the citations in a file's text, comments excluded. */
export function citationsIn(file: string, text: string): Citation[] {
  const code = text.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  return [...code.matchAll(/\(faults? (\d[\d, and–-]*?)(?:\W? (?!and \d)([^\d)][^)]*))?\)/g)].map(
    ([found, numbers, layer]) => ({
      file,
      text: found,
      faults: [...numbers!.matchAll(/(\d+)(?:[–-](\d+))?/g)].flatMap(([, from, to = from]) =>
        numbersBetween(Number(from), Number(to)),
      ),
      layer,
    }),
  );
}

/** Returns the citations in the tests of a repository. */
export function readCitations(root: string): Citation[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', '*.test.ts', 'e2e/*.ts'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean);
  const present = files.filter((file) => !file.startsWith('tools/') && existsSync(join(root, file)));
  return present.flatMap((file) => citationsIn(file, readFileSync(join(root, file), 'utf8')));
}

/** Returns what is wrong with citations, each as `file: citation: why`. */
export function citationProblems(citations: readonly Citation[]): string[] {
  return citations.flatMap(({ file, text, faults, layer }) => {
    const directory = Object.keys(layersByDirectory).find((name) => file.startsWith(name));
    const allowed = directory === undefined ? [...allLayers] : layersByDirectory[directory]!;
    const unknown = faults.filter((number) => !faultLayers.has(number));
    return [
      ...unknown.map((number) => `${file}: ${text}: no fault has the number ${number}`),
      ...(layer !== undefined && allowed.includes(layer) ? [] : [`${file}: ${text}: ${wrongLayer(layer, allowed)}`]),
    ];
  });
}

function wrongLayer(layer: string | undefined, allowed: readonly string[]): string {
  const choice = `name ${allowed.join(' or ')}`;
  if (layer === undefined) return `no layer: ${choice}`;
  return allLayers.has(layer) ? `tests here don't exercise ${layer}: ${choice}` : `unknown layer: ${choice}`;
}

/** Returns the faults that are covered: cited with their own layer. */
export function coveredFaults(citations: readonly Citation[]): Set<number> {
  return new Set(
    citations.flatMap(({ faults, layer }) => faults.filter((number) => faultLayers.get(number) === layer)),
  );
}

/** Returns how many faults of each layer are covered, as `deploy: 12 of 77`. */
export function coverage(covered: ReadonlySet<number>): string[] {
  const faults = [...faultLayers];
  return [...new Set(faultLayers.values())].map((layer) => {
    const numbers = faults.filter(([, other]) => other === layer).map(([number]) => number);
    return `${layer}: ${numbers.filter((number) => covered.has(number)).length} of ${numbers.length}`;
  });
}

function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
