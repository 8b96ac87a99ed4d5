import { PassThrough } from 'node:stream';
import type { DeployEvent } from '@tozo/deploy';
import { afterEach, expect, test, vi } from 'vitest';
import { createOutput } from '../output/output.ts';
import { createRedaction } from '../output/redaction.ts';
import { plainRenderer } from './plain.ts';

afterEach(() => vi.restoreAllMocks());

test('a log shows what a slow health check sees, once', () => {
  const stream = new PassThrough();
  const output = createOutput(stream, createRedaction({}));
  const render = plainRenderer(output, { useColor: false, showsPlan: false });
  const clock = vi.spyOn(performance, 'now');
  const see = (seconds: number, observation: string): void => {
    clock.mockReturnValue(seconds * 1000);
    render({ type: 'health', up: 1, expected: 1, observation } satisfies DeployEvent);
  };
  clock.mockReturnValue(0);
  render({ type: 'step-started', step: 'verify' });
  see(2, 'web.1 is starting');
  see(16, 'GET / returned 404');
  see(40, 'GET / returned 404');
  expect(String(stream.read())).toBe('  │ GET / returned 404\n');
});
