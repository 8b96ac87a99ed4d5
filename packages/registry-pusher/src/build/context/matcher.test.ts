import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileMatcher, type MatcherPart, notNewline, notSlash } from './matcher.ts';

const code = (text: string): MatcherPart => ({ kind: 'one', ranges: [[text.charCodeAt(0), text.charCodeAt(0)]] });
const part = fc.oneof(
  fc.constantFrom('a', 'b', '/').map(code),
  fc.constantFrom<MatcherPart>(
    { kind: 'loop', ranges: notSlash },
    { kind: 'loop', ranges: notNewline },
    { kind: 'one', ranges: notSlash },
    { kind: 'one', ranges: [] },
    { kind: 'optional' },
    { kind: 'start' },
    { kind: 'end' },
  ),
);

test('long paths and many loops match like the others', () => {
  const padding = 'x'.repeat(300);
  const loop: MatcherPart = { kind: 'loop', ranges: [[0x78, 0x78]] };
  fc.assert(
    fc.property(
      fc.array(part, { maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '/', '\n', '😀'), maxLength: 8 }),
      (parts, path) => {
        const short = compileMatcher(parts)(path);
        expect(compileMatcher([...parts, loop, loop, loop, loop])(path)).toBe(compileMatcher([...parts, loop])(path));
        expect(compileMatcher([...parts, code('-'), loop])(`${path}-${padding}`)).toBe(
          compileMatcher([...parts, code('-'), loop])(`${path}-x`),
        );
        expect(typeof short).toBe('boolean');
      },
    ),
    { numRuns: 300 },
  );
});
