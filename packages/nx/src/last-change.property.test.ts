import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reachesAll } from './affected-range.ts';
import type { Step } from './history.ts';
import { findLastChange } from './last-change.ts';

interface Commit {
  readonly parents: readonly number[];
  readonly files: Readonly<Record<string, number>>;
}

const names = ['shop.js', 'till.js', 'README.md'];

/** Commits in the order in which they were made. A merge takes each file from one of its parents, or changes it. */
const histories = fc
  .array(
    fc.tuple(fc.array(fc.nat(), { minLength: 1, maxLength: 2 }), fc.array(fc.nat(4), { minLength: 3, maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((made) => {
    const commits: Commit[] = [{ parents: [], files: Object.fromEntries(names.map((name) => [name, 0])) }];
    for (const [picks, choices] of made) {
      const parents = [...new Set(picks.map((pick) => pick % commits.length))];
      const [first, second = first] = parents.map((parent) => commits[parent]!.files) as [
        Commit['files'],
        Commit['files']?,
      ];
      const files = names.map((name, index) => {
        const choice = choices[index]!;
        return [name, [first[name]!, first[name]!, second[name]!, 1, 2][choice]!] as const;
      });
      commits.push({ parents, files: Object.fromEntries(files) });
    }
    return commits;
  });

function ancestorsOf(commits: readonly Commit[], head: number): Set<number> {
  const found = new Set([head]);
  for (const commit of found) for (const parent of commits[commit]!.parents) found.add(parent);
  return found;
}

/** As git lists them: children before their parents, a step for each parent. */
function stepsOf(commits: readonly Commit[], head: number, base: number): Step[] {
  const before = ancestorsOf(commits, base);
  const range = [...ancestorsOf(commits, head)].filter((commit) => !before.has(commit)).toSorted((a, b) => b - a);
  return range.flatMap((commit) =>
    commits[commit]!.parents.map((parent) => {
      const files = names.filter((name) => commits[commit]!.files[name] !== commits[parent]!.files[name]);
      const contents = files.map((name) => String(commits[commit]!.files[name]));
      return { commit: String(commit), parent: String(parent), files, contents };
    }),
  );
}

const ranges = histories.chain((commits) => {
  const head = commits.length - 1;
  const bases = [...ancestorsOf(commits, head)];
  return fc.constantFrom(...bases).map((base) => ({ commits, head, base, steps: stepsOf(commits, head, base) }));
});

test('whoever has the last change, and is part of the history, has what HEAD has', () => {
  const property = fc.property(ranges, fc.constantFrom(...names), ({ commits, head, base, steps }, name) => {
    const found = Number(findLastChange(steps, ({ files }) => files.includes(name), String(base)));
    const having = [...ancestorsOf(commits, head)].filter((commit) => ancestorsOf(commits, commit).has(found));
    expect(having.map((commit) => commits[commit]!.files[name])).toEqual(having.map(() => commits[head]!.files[name]));
  });
  fc.assert(property, { numRuns: 3000, seed: 1 });
});

test('what is deployed was built: it differs between the ends, or the difference is not all', () => {
  const projects = fc.subarray(names, { minLength: 1 });
  const property = fc.property(ranges, projects, ({ commits, head, base, steps }, project) => {
    const differing = names.filter((name) => commits[base]!.files[name] !== commits[head]!.files[name]);
    if (!reachesAll(steps, String(base), new Set(differing))) return;
    const touches = ({ files }: Step): boolean => files.some((name) => project.includes(name));
    if (findLastChange(steps, touches, String(base)) === String(base)) return;
    expect(differing.filter((name) => project.includes(name))).not.toEqual([]);
  });
  fc.assert(property, { numRuns: 10_000, seed: 1 });
});
