import { PassThrough } from 'node:stream';
import type { DeployEvent, DeployReport } from '@tozo/deploy';
import { expect, test } from 'vitest';
import { createOutput } from '../output/output.ts';
import { createRedaction } from '../output/redaction.ts';
import type { Format } from './formats.ts';
import { createRenderer } from './renderer.ts';

const report = { outcome: 'deployed', text: 'LIVE v3  https://shop.example/' } as DeployReport;

const events: DeployEvent[] = [
  { type: 'started', app: 'shop', target: { kind: 'sandbox', text: 'sandbox (no HEROKU_API_KEY)' } },
  { type: 'step-started', step: 'build' },
  { type: 'build-output', line: 'compiled' },
  { type: 'step-finished', step: 'build', summary: 'direct, 3 layers', seconds: 0.42 },
  { type: 'step-started', step: 'push' },
  { type: 'push-progress', sentBytes: 1_500_000, totalBytes: 46_200_000 },
  { type: 'step-finished', step: 'push', summary: '46.2 MB sent, 0 B reused', seconds: 2.9 },
  { type: 'step-started', step: 'release' },
  { type: 'release-output', line: 'migrated' },
  { type: 'waiting', text: 'waits for v3, which is pending' },
  { type: 'step-failed', step: 'release', reason: 'v3 failed', seconds: 0.6 },
  { type: 'warning', text: 'a warning' },
  { type: 'finished', report },
];

function render(format: Format, { isTTY = false, env = {}, shown = events } = {}): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  const redaction = createRedaction(env);
  const show = createRenderer(format, createOutput(stream, redaction, env), { env, redaction, showsPlan: false });
  for (const event of shown) show(event);
  return (stream.read() as Buffer).toString();
}

test('without a terminal, prints one aligned line per step and no control characters', () => {
  const log = `shop → sandbox (no HEROKU_API_KEY)
  │ compiled
  build    direct, 3 layers                     0.4 s
  push     46.2 MB sent, 0 B reused             2.9 s
  │ migrated
  │ waits for v3, which is pending
  release  failed: v3 failed                    0.6 s
  warning  a warning
LIVE v3  https://shop.example/
`;
  expect(render('auto')).toBe(log);
  expect(render('plain', { isTTY: true, env: { FORCE_COLOR: '1' } })).toBe(log);
});

test('in GitLab, puts output into collapsed sections and shows that of a failed step below', () => {
  const log = render('auto', { env: { GITLAB_CI: 'true', NO_COLOR: '1' } }).replaceAll(/:\d{10}:/g, ':TIME:');
  expect(log).toBe(`shop → sandbox (no HEROKU_API_KEY)
section_start:TIME:tozo_shop_1[collapsed=true]\r\u001B[0K  build output
  │ compiled
section_end:TIME:tozo_shop_1\r\u001B[0K
  build    direct, 3 layers                     0.4 s
  push     46.2 MB sent, 0 B reused             2.9 s
section_start:TIME:tozo_shop_2[collapsed=true]\r\u001B[0K  release phase output
  │ migrated
section_end:TIME:tozo_shop_2\r\u001B[0K
  │ waits for v3, which is pending
  │ migrated
  release  failed: v3 failed                    0.6 s
  warning  a warning
LIVE v3  https://shop.example/
`);
});

test('on a terminal, overwrites the current line, in colors unless there is NO_COLOR', () => {
  expect(render('auto', { isTTY: true })).toContain('\r\u001B[2K  push     1.5 MB of 46.2 MB');
  expect(render('auto', { isTTY: true })).toContain('\u001B[32mLIVE');
  expect(render('auto', { isTTY: true, env: { NO_COLOR: '1' } })).not.toContain('\u001B[32m');
  expect(render('auto', { isTTY: true, env: { TERM: 'dumb' } })).not.toContain('\u001B');
});

test('as NDJSON, prints each event as a line', () => {
  const lines = render('ndjson').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(events);
});

const hostile = 'a\u001B]0;title\u0007\u202Eb\rLIVE v9\nLIVE v8 \u009B2J HRKU-key-1';

test.each(['terminal', 'plain', 'gitlab', 'ndjson'] as const)(
  'as %s, text from servers controls nothing, fakes no line and is redacted (fault 116, deploy)',
  (format) => {
    const text = render(format, {
      env: { HEROKU_API_KEY: 'HRKU-key-1', NO_COLOR: '1' },
      shown: [
        { type: 'started', app: hostile, target: { kind: 'heroku', text: hostile } },
        { type: 'warning', text: hostile },
        { type: 'build-output', line: hostile },
        { type: 'release-output', line: hostile },
        { type: 'dyno-output', line: hostile },
        { type: 'waiting', text: hostile },
        { type: 'step-finished', step: 'push', summary: hostile, seconds: 1 },
        { type: 'step-failed', step: 'release', reason: hostile, seconds: 1 },
        { type: 'finished', report: { outcome: 'failed', text: `FAILED shop: ${hostile}` } as DeployReport },
      ],
    });
    const data = text.replaceAll(/section_\w+:\d+:\w+(?:\[collapsed=true\])?\r\u001B\[0K|\r\u001B\[2K/g, '');
    expect(data).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
    expect(data).not.toMatch(/^LIVE/m);
    expect(data).not.toContain('HRKU-key-1');
    expect(data).toContain(String.raw`a\u001b]0;title\u0007\u202eb\rLIVE v9`);
    expect(data.trimEnd().split('\n').at(-1)).toContain('FAILED shop');
  },
);
