import { isAlias, isMap, type Pair, stringify } from 'yaml';
import { isObject } from '../project/manifest.ts';
import type { TakenLine } from './taken.ts';
import { keyOf, parseYaml, startOf } from './yaml.ts';

/** The names of the jobs that take the place of a removed one. */
export type NewJobs = Readonly<Record<string, readonly string[]>>;

/**
 * Replaces removed jobs by the new ones in what other jobs need. In a pipeline without a deploy, the new jobs don't exist: then
 * they aren't waited for.
 */
export function renameNeeds(
  file: string,
  text: string,
  names: NewJobs,
): { readonly text: string; readonly lines: TakenLine[] } {
  if (text.trim() === '') return { text, lines: [] };
  const yaml = parseYaml(file, text);
  const settings = yaml.root.items.flatMap((pair) =>
    isMap(pair.value) ? pair.value.items.map((setting) => ({ job: keyOf(pair), setting })) : [],
  );
  const found = settings.flatMap(({ job, setting }): Renamed[] => {
    const key = keyOf(setting);
    if (key !== 'needs' && key !== 'dependencies') return [];
    const declared = [valueOf(setting)].flat();
    const moved = declared.map(jobOf).filter((name) => name !== undefined && Object.hasOwn(names, name));
    if (moved.length === 0) return [];
    const became = [...new Set(moved.flatMap((name) => names[name!]!))].join(', ');
    const at = { file, line: yaml.lineAt(startOf(setting)), text: `${job}: ${key}` };
    const end = (setting.value as { range?: readonly number[] } | null)?.range?.[1];
    const start = (setting.key as { range?: readonly number[] }).range?.[1];
    if (isAlias(setting.value) || start === undefined || end === undefined)
      return [{ line: { ...at, left: `it names ${moved.join(', ')}: write ${became} instead` } }];
    const now = declared.flatMap((one) =>
      moved.includes(jobOf(one)) ? names[jobOf(one)!]!.map((name) => needOf(key, name, one)) : [one],
    );
    const value = stringify(unique(now), { collectionStyle: 'flow', lineWidth: 0 }).trim();
    return [{ line: { ...at, became }, edit: { start, end: text.slice(0, end).trimEnd().length, value } }];
  });
  const edits = found.flatMap(({ edit }) => edit ?? []).toReversed();
  return {
    text: edits.reduce((now, { start, end, value }) => `${now.slice(0, start)}: ${value}${now.slice(end)}`, text),
    lines: found.map(({ line }) => line),
  };
}

interface Renamed {
  readonly line: TakenLine;
  readonly edit?: { readonly start: number; readonly end: number; readonly value: string };
}

function needOf(key: string, job: string, before: unknown): unknown {
  return key === 'needs' ? { ...(isObject(before) ? before : {}), job, optional: true } : job;
}

/** GitLab refuses a job that is listed twice. */
function unique(needs: readonly unknown[]): unknown[] {
  return needs.filter(
    (need, index) => needs.findIndex((other) => jobOf(other) === jobOf(need)) === index || jobOf(need) === undefined,
  );
}

function valueOf({ value }: Pair): unknown {
  return (value as { toJSON?: () => unknown } | null)?.toJSON?.();
}

function jobOf(need: unknown): string | undefined {
  const name = isObject(need) && !('project' in need) && !('pipeline' in need) ? need['job'] : need;
  return typeof name === 'string' ? name : undefined;
}
