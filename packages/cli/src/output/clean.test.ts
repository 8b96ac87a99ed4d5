import { expect, test } from 'vitest';
import { cleanStrings, redactStrings } from './clean.ts';

const redaction = { redact: (text: string) => text.replaceAll('deployed', '[REDACTED]'), add: () => undefined };

test('redacts strings at any depth, but not the words of this command', () => {
  const value = { outcome: 'deployed', text: 'deployed it', list: [{ name: 'deployed' }], deployed: 1, none: null };
  expect(redactStrings(value, redaction)).toEqual({
    outcome: 'deployed',
    text: '[REDACTED] it',
    list: [{ name: '[REDACTED]' }],
    '[REDACTED]': 1,
    none: null,
  });
});

test('cuts a line of 30 MB and says so (fault 175, deploy)', () => {
  const { line } = cleanStrings({ line: 'x'.repeat(30_000_000) }, redaction);
  expect(line.length).toBeLessThan(20_000);
  expect(line.endsWith('x… (cut: 30000000 characters)')).toBe(true);
});

test('redacts a secret where the line is cut', () => {
  const { line } = cleanStrings({ line: `${'x'.repeat(16_380)}deployed${'x'.repeat(100)}` }, redaction);
  expect(line).toContain('x[RED… (cut: ');
});
