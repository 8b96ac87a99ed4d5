import { assertTextLimit } from './text-limit.ts';

/** Evaluates `${name#pattern}` and `${name%pattern}`: removes the shortest match, or the longest for a doubled sign. */
export function trimByPattern(sign: '#' | '%', word: string, value: string): string {
  const longest = word.startsWith(sign);
  const pattern = parsePattern(longest ? word.slice(1) : word);
  const characters = [...value];
  if (sign === '#') return characters.slice(new Matcher(pattern, characters, false).end(0, longest) ?? 0).join('');
  const cut = new Matcher(pattern.toReversed(), characters.toReversed(), false).end(0, longest) ?? 0;
  return characters.slice(0, characters.length - cut).join('');
}

/** Evaluates `${name/pattern/text}`, or with `all` `${name//pattern/text}`: replaces the longest matches. */
export function replaceByPattern(pattern: string, replacement: string, value: string, all: boolean): string {
  const characters = [...value];
  const matcher = new Matcher(parsePattern(pattern), characters, all);
  let replaced = '';
  let kept = 0;
  let previous = -1;
  for (let at = 0; at <= characters.length;) {
    const end = matcher.end(at, true);
    if (end !== undefined && (end > at || at !== previous)) {
      replaced = assertTextLimit(replaced + characters.slice(kept, at).join('') + replacement);
      kept = end;
      previous = end;
      if (!all) break;
    }
    at = Math.max(end ?? 0, at + 1);
  }
  return replaced + characters.slice(kept).join('');
}

/** Matches one character: a given one, or any. `many` matches any number of any. */
type Token =
  { readonly kind: 'one'; readonly character: string } | { readonly kind: 'any' } | { readonly kind: 'many' };

function parsePattern(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '*') tokens.push({ kind: 'many' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '\\') {
      const escaped = characters[++at];
      if (escaped === undefined || !'*?\\}/'.includes(escaped))
        throw new Error(`"\\${escaped ?? ''}" isn't a valid escape`);
      tokens.push({ kind: 'one', character: escaped });
    } else tokens.push({ kind: 'one', character });
  }
  return tokens;
}

const maxSteps = 20_000_000;

/** Follows all possible matches at once, so no pattern takes exponential time. */
class Matcher {
  readonly #tokens: readonly Token[];
  readonly #characters: readonly string[];
  readonly #anyIsNewline: boolean;
  #steps = 0;

  constructor(tokens: readonly Token[], characters: readonly string[], anyIsNewline: boolean) {
    this.#tokens = tokens;
    this.#characters = characters;
    this.#anyIsNewline = anyIsNewline;
  }

  /** Returns the end of the longest or shortest match that starts at `start`. */
  end(start: number, longest: boolean): number | undefined {
    let states = this.#withSkippable([0]);
    let end: number | undefined;
    for (let at = start; states.length > 0; at++) {
      if (states.at(-1) === this.#tokens.length) end = at;
      if (at === this.#characters.length || (end !== undefined && !longest)) break;
      states = this.#withSkippable(this.#step(states, this.#characters[at]!));
    }
    return end;
  }

  #step(states: readonly number[], character: string): number[] {
    this.#steps += states.length;
    if (this.#steps > maxSteps) throw new Error('the pattern takes too long to match');
    const isAny = this.#anyIsNewline || character !== '\n';
    return states.flatMap((state) => {
      const token = this.#tokens[state];
      if (token === undefined) return [];
      if (token.kind === 'many') return isAny ? [state] : [];
      if (token.kind === 'any') return isAny ? [state + 1] : [];
      return token.character === character ? [state + 1] : [];
    });
  }

  /** Adds the states after each `many`, which may match nothing. Ascending, without duplicates. */
  #withSkippable(states: readonly number[]): number[] {
    const reached: number[] = [];
    for (const state of states) {
      if (state <= (reached.at(-1) ?? -1)) continue;
      reached.push(state);
      while (this.#tokens[reached.at(-1)!]?.kind === 'many') reached.push(reached.at(-1)! + 1);
    }
    return reached;
  }
}
