import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SecretValue } from './secret-value.ts';
import { variable } from './variable.ts';

it('prints as [REDACTED], on its own and inside a variable', () => {
  const value = new SecretValue('correct horse');
  const whole = variable({ key: 'PASSWORD', value });
  for (const printed of [
    String(value),
    JSON.stringify(whole),
    inspect(whole, { depth: 9, showHidden: true }),
    inspect(value),
  ]) {
    expect(printed).toContain('[REDACTED]');
    expect(printed).not.toContain('horse');
  }
  expect(value.reveal()).toBe('correct horse');
});

const anyText = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '😀', '\ud800', '\udc00'), maxLength: 3 });

it('equals only the same text', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => {
      expect(new SecretValue(a).equals(new SecretValue(b))).toBe(a === b);
      expect(new SecretValue(a).equals(new SecretValue(a))).toBe(true);
    }),
  );
});
