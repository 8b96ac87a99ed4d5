import type { Release } from '@tozo/heroku-client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { releaseOf } from '../testing/observed.ts';
import { configDifference } from './config-history.ts';

/** Returns releases v1, v2, … with these descriptions, newest first. */
function releases(...descriptions: string[]): Release[] {
  return descriptions.map((description, index) => releaseOf(index + 1, { description })).toReversed();
}

const image = 'Deployed web (142013fe2b5c)';

function namesBetween(found: Release[], from: number, to: number): (string | readonly string[])[] {
  const at = (version: number) => found.find((release) => release.version === version)!;
  const { changes } = configDifference(found, at(from), at(to));
  return changes.map(({ version, names }) => `v${version} ${names.join()}`);
}

test('names the config vars set since a release, and by which release', () => {
  const found = releases('Initial release', image, 'Set A, B config vars', image, 'Remove C config vars');
  expect(namesBetween(found, 5, 2)).toEqual(['v5 C', 'v3 A,B']);
  expect(namesBetween(found, 4, 3)).toEqual([]);
});

test('a rollback in between has the config vars of its target', () => {
  const found = releases('Initial release', image, 'Set A config vars', 'Rollback to v2', 'Set B config vars');
  expect(namesBetween(found, 5, 2)).toEqual(['v5 B']);
  expect(namesBetween(found, 5, 3)).toEqual(['v5 B', 'v3 A']);
});

test('says that there may be more changes if releases are missing', () => {
  const [v5, , , v2] = releases('Initial release', image, 'Set A config vars', image, image) as [Release, ...Release[]];
  expect(configDifference([v5], v5, v2!)).toEqual({ changes: [], isComplete: false });
});

/** An app's history as Heroku keeps it: the config vars of each release, by what created it. */
type Action = { readonly set: string } | { readonly backTo: number } | 'deploy';

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ set: fc.constantFrom('A', 'B', 'C') }),
  fc.record({ backTo: fc.nat() }),
  fc.constant<Action>('deploy'),
);

test('every config var in which two releases differ is named, in any history', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 20 }), fc.nat(), fc.nat(), (actions, one, other) => {
      const states: Record<string, number>[] = [{}];
      const descriptions = ['Initial release'];
      for (const made of actions) {
        const version = states.length + 1;
        if (made === 'deploy') descriptions.push(image);
        else if ('set' in made) descriptions.push(`Set ${made.set} config vars`);
        else descriptions.push(`Rollback to v${(made.backTo % states.length) + 1}`);
        const before = made === 'deploy' || 'set' in made ? states.at(-1)! : states[made.backTo % states.length]!;
        states.push(made !== 'deploy' && 'set' in made ? { ...before, [made.set]: version } : before);
      }
      const [from, to] = [(one % states.length) + 1, (other % states.length) + 1];
      const found = releases(...descriptions);
      const at = (version: number) => found.find((release) => release.version === version)!;
      const { changes, isComplete } = configDifference(found, at(from), at(to));
      const named = new Set(changes.flatMap(({ names }) => names));
      const differing = ['A', 'B', 'C'].filter((name) => states[from - 1]![name] !== states[to - 1]![name]);
      expect(isComplete).toBe(true);
      for (const name of differing) expect(named).toContain(name);
      if (differing.length === 0 && from === to) expect(changes).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
