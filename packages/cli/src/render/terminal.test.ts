import { PassThrough } from 'node:stream';
import type { DeployEvent } from '@tozo/deploy';
import { expect, test } from 'vitest';
import { createOutput } from '../output/output.ts';
import { terminalRenderer } from './terminal.ts';

const redaction = { redact: (text: string) => text, add: () => undefined };

/** Renders a push, in which each event comes a second after the one before. */
function render(columns: number, events: readonly DeployEvent[]): string[] {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns });
  let seconds = 0;
  const show = terminalRenderer(
    createOutput(stream, redaction, { NO_COLOR: '1' }),
    { useColor: true, showsPlan: false },
    () => seconds * 1000,
  );
  for (const event of events) {
    show(event);
    seconds += 1;
  }
  return (stream.read() as Buffer).toString().split(/\r\u001B\[2K|\n/);
}

const push: readonly DeployEvent[] = [
  { type: 'step-started', step: 'push' },
  { type: 'push-progress', sentBytes: 1_500_000, totalBytes: 46_200_000 },
  { type: 'push-progress', sentBytes: 46_200_000, totalBytes: 46_200_000 },
  { type: 'step-finished', step: 'push', summary: '46.2 MB sent, 0 B reused', seconds: 2.9 },
];

test('overwrites the line of the current step with bytes, time and rate', () => {
  expect(render(80, push)).toEqual([
    '',
    '  push     …',
    '  push     1.5 MB of 46.2 MB  1 s  1.5 MB/s',
    '  push     46.2 MB of 46.2 MB  2 s  23.1 MB/s',
    '  push     46.2 MB sent, 0 B reused             2.9 s',
    '',
  ]);
});

test('fits into 40 columns: less is shown of the current step, and a step that ends is wrapped', () => {
  expect(render(40, push)).toEqual([
    '',
    '  push     …',
    '  push     1.5 MB of 46.2 MB  1 s',
    '  push     46.2 MB of 46.2 MB  2 s',
    '  push     46.2 MB sent, 0 B reused',
    '           2.9 s',
    '',
  ]);
});

test('shows what a check waits for, cut to the width', () => {
  const observation = '漢字'.repeat(40);
  const shown = render(40, [
    { type: 'step-started', step: 'verify' },
    { type: 'health', up: 0, expected: 1, observation },
  ]);
  expect(shown.at(-1)).toBe(`  verify   ${'漢字'.repeat(7)}`);
});

test('prints output above the current step', () => {
  expect(
    render(80, [
      { type: 'step-started', step: 'release' },
      { type: 'release-output', line: 'migrated' },
    ]),
  ).toEqual(['', '  release  …', '  │ migrated', '', '  release  …  1 s']);
});
