/** Characters, as inclusive ranges of code points. */
export type Ranges = readonly (readonly [low: number, high: number])[];

/** A part of a compiled pattern. An `optional` part is any number of directories: `(.*\/)?`. */
export type MatcherPart =
  | { readonly kind: 'one' | 'loop'; readonly ranges: Ranges }
  | { readonly kind: 'optional' }
  | { readonly kind: 'start' | 'end' };

export const lastCodePoint = 0x10ffff;
const slash = 0x2f;
export const notSlash: Ranges = [
  [0, slash - 1],
  [slash + 1, lastCodePoint],
];
/** In Go's expressions, a dot doesn't match a newline. */
export const notNewline: Ranges = [
  [0, 9],
  [11, lastCodePoint],
];

/** A backtracking expression takes time to the power of its loops; up to here that is short, and it is fast for most paths. */
const maxLoops = 3;
const maxLength = 256;

/** Returns a function that tests whether a path matches as a whole, in time linear in its length. */
export function compileMatcher(parts: readonly MatcherPart[]): (path: string) => boolean {
  const loops = parts.filter(({ kind }) => kind === 'loop' || kind === 'optional').length;
  const program = toProgram(parts);
  if (loops > maxLoops) return (path) => run(program, path);
  const expression = new RegExp(`^${parts.map(sourceOf).join('')}$`, 'u');
  return (path) => (path.length <= maxLength ? expression.test(path) : run(program, path));
}

export function hasCharacter(ranges: Ranges, code: number): boolean {
  return ranges.some(([low, high]) => low <= code && code <= high);
}

function sourceOf(part: MatcherPart): string {
  switch (part.kind) {
    case 'start':
      return '^';
    case 'end':
      return '$';
    case 'optional':
      return `(?:${classOf(notNewline)}*\\/)?`;
    case 'one':
      return classOf(part.ranges);
    case 'loop':
      return `${classOf(part.ranges)}*`;
  }
}

function classOf(ranges: Ranges): string {
  const text = ranges.map(([low, high]) => `\\u{${low.toString(16)}}-\\u{${high.toString(16)}}`).join('');
  return text === '' ? '(?!)' : `[${text}]`;
}

/** One step of a program: a character, an assertion, or a choice between the next step and another. */
type Step =
  | { readonly kind: 'one'; readonly ranges: Ranges; readonly next: number }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'split'; readonly other: number };

function toProgram(parts: readonly MatcherPart[]): Step[] {
  const steps: Step[] = [];
  const addOne = (ranges: Ranges, next = steps.length + 1) => steps.push({ kind: 'one', ranges, next });
  const addLoop = (ranges: Ranges) => {
    const start = steps.length;
    steps.push({ kind: 'split', other: start + 2 });
    addOne(ranges, start);
  };
  for (const part of parts) {
    if (part.kind === 'one') addOne(part.ranges);
    else if (part.kind === 'loop') addLoop(part.ranges);
    else if (part.kind === 'optional') {
      steps.push({ kind: 'split', other: steps.length + 4 });
      addLoop(notNewline);
      addOne([[slash, slash]]);
    } else steps.push({ kind: part.kind });
  }
  return steps;
}

/** Follows all possible steps at once, character by character. @see https://swtch.com/~rsc/regexp/regexp2.html */
function run(steps: readonly Step[], path: string): boolean {
  const characters = Array.from(path, (character) => character.codePointAt(0)!);
  const seenAt = new Int32Array(steps.length + 1).fill(-1);
  let current: number[] = [];
  let next: number[] = [];
  const follow = (step: number, at: number, into: number[]): void => {
    for (let index = step; seenAt[index] !== at;) {
      seenAt[index] = at;
      const each = steps[index];
      if (each === undefined || each.kind === 'one') return void into.push(index);
      if (each.kind === 'split') follow(each.other, at, into);
      else if (at !== (each.kind === 'start' ? 0 : characters.length)) return;
      index++;
    }
  };
  follow(0, 0, current);
  for (const [at, code] of characters.entries()) {
    for (const index of current) {
      const step = steps[index];
      if (step?.kind === 'one' && hasCharacter(step.ranges, code)) follow(step.next, at + 1, next);
    }
    [current, next] = [next, current];
    next.length = 0;
    if (current.length === 0) return false;
  }
  return current.includes(steps.length);
}
