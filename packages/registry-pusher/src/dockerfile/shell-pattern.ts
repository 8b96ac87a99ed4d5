/** `${name#pattern}` and `${name%pattern}`: cuts the shortest match, or with the sign doubled the longest. */
export function trimByPattern(sign: '#' | '%', word: string, value: string): string {
  const greedy = word.startsWith(sign);
  const pattern = greedy ? word.slice(1) : word;
  if (sign === '#') return value.replace(new RegExp(`^${expression(pattern, greedy)}`, 'u'), '');
  const whole = new RegExp(`^${expression(pattern, true)}$`, 'u');
  const starts = [...positions(value)];
  const start = (greedy ? starts : starts.reverse()).find((at) => whole.test(value.slice(at)));
  return start === undefined ? value : value.slice(0, start);
}

/** `${name/pattern/text}`, and with `all` `${name//pattern/text}`: replaces the longest matches. */
export function replaceByPattern(pattern: string, replacement: string, value: string, all: boolean): string {
  return value.replace(new RegExp(expression(pattern, true), all ? 'gsu' : 'u'), () => replacement);
}

function* positions(value: string): Generator<number> {
  let at = 0;
  for (const character of value) {
    yield at;
    at += character.length;
  }
  yield at;
}

function expression(pattern: string, greedy: boolean): string {
  let source = '';
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '*') source += greedy ? '.*' : '.*?';
    else if (character === '?') source += '.';
    else if (character === '\\') {
      const escaped = characters[++at];
      if (escaped === undefined || !'*?\\}/'.includes(escaped))
        throw new Error(`"\\${escaped ?? ''}" is no valid escape`);
      source += literal(escaped);
    } else source += literal(character);
  }
  return source;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
