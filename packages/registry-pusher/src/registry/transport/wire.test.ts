import { expect, test, vi } from 'vitest';
import { startRegistry } from '../../testing/registry.ts';
import { impatient } from '../../testing/impatient.ts';
import { openWire } from './wire.ts';

test.each([
  ['GET', undefined],
  ['PUT', 'a body'],
] as const)('says that a response to %s is missing, and how long it waits for it', async (method, content) => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const lines: string[] = [];
  let arrived: (() => void) | undefined;
  const arrives = new Promise<void>((resolve) => (arrived = resolve));
  await using registry = await startRegistry({
    misbehave: ({ request }) => {
      request.resume().once('end', () => arrived!());
      return true;
    },
  });
  const wire = openWire(new URL(registry.origin), impatient, { onWait: (line) => lines.push(line) });
  const body = content && {
    size: content.length,
    open: async function* () {
      yield Buffer.from(content);
    },
  };
  const sent = wire.send({
    method,
    url: new URL('/v2/x?token=secret', registry.origin),
    headers: {},
    body: body || undefined,
  });
  sent.catch(() => undefined);
  await arrives;
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  expect(lines).toEqual([
    expect.stringMatching(/^\w+ http:\S+\/v2\/x\?token=REDACTED: no response for 10 s, waiting \d+ s more\.$/),
  ]);
  await wire.close();
  await expect(sent).rejects.toMatchObject({ code: 'ABORTED' });
});
