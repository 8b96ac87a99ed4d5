import { PassThrough } from 'node:stream';
import type { DeployEvent, DeployReport } from '@tozo/deploy';
import { expect, test } from 'vitest';
import { createOutput } from '../output.ts';
import { terminalRenderer } from './terminal.ts';

const report = { outcome: 'deployed', text: 'LIVE v3  https://shop.example/' } as DeployReport;

const events: DeployEvent[] = [
  { type: 'started', app: 'shop', target: { kind: 'sandbox', text: 'sandbox (no HEROKU_API_KEY)' } },
  { type: 'step-started', step: 'build' },
  { type: 'step-finished', step: 'build', summary: 'direct, 3 layers', seconds: 0.42 },
  { type: 'step-started', step: 'push' },
  { type: 'push-progress', sentBytes: 1_500_000, totalBytes: 46_200_000 },
  { type: 'step-finished', step: 'push', summary: '46.2 MB sent, 0 B reused', seconds: 2.9 },
  { type: 'step-started', step: 'release' },
  { type: 'release-output', line: 'migrated' },
  { type: 'step-finished', step: 'release', summary: 'v3  image 142013fe2b5c', seconds: 0.6 },
  { type: 'warning', text: 'a warning' },
  { type: 'step-failed', step: 'verify', reason: 'web.1 crashed', seconds: 1.1 },
  { type: 'finished', report },
];

function render(isTTY: boolean, env: NodeJS.ProcessEnv = {}): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const show = terminalRenderer(
    createOutput(stream, (text) => text),
    env,
  );
  for (const event of events) show(event);
  return (stream.read() as Buffer).toString();
}

test('without a terminal, prints one aligned line per step and no control characters', () => {
  expect(render(false)).toBe(`shop → sandbox (no HEROKU_API_KEY)
  build    direct, 3 layers                     0.4 s
  push     46.2 MB sent, 0 B reused             2.9 s
  │ migrated
  release  v3  image 142013fe2b5c               0.6 s
  warning  a warning
  verify   failed: web.1 crashed                1.1 s
LIVE v3  https://shop.example/
`);
});

test('on a terminal, overwrites the line of the current step', () => {
  const shown = render(true, { NO_COLOR: '1' });
  expect(shown).toContain('\r\u001B[2K  push     1.5 MB of 46.2 MB');
  expect(shown.endsWith('LIVE v3  https://shop.example/\n')).toBe(true);
});

test('prints no colors with NO_COLOR', () => {
  expect(render(true)).toContain('\u001B[32m');
  expect(render(true, { NO_COLOR: '1' })).not.toContain('\u001B[32m');
});
