import { expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import { startSandbox } from '../server/server.ts';
import { harProblems } from '../testing/har-check.ts';
import { adminIntercept } from './admin.ts';
import type { SandboxStatus } from './status.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A sandbox with its own paths, and how to ask them. */
async function administered(): Promise<(method: string, path: string, body?: string) => Promise<Answer>> {
  const intercept = adminIntercept('t0ken', () => ({
    sandbox,
    status: () => ({}) as SandboxStatus,
    stop: () => undefined,
  }));
  const sandbox = await startSandbox({}, intercept);
  onTestFinished(async () => {
    sandbox.faults.clear();
    await sandbox.close();
  });
  return async (method, path, body) => {
    const headers = { authorization: 'Bearer t0ken' };
    const answer = await fetch(`${sandbox.urls.heroku}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, body: await answer.json() };
  };
}

test('a fault that is not JSON, or none, is a 400 that says what is wrong, and nothing is set', async () => {
  const ask = await administered();
  expect(await ask('POST', '/_sandbox/faults', '{"on":')).toEqual({
    status: 400,
    body: { message: expect.stringMatching(/^The body is not JSON: /) as string },
  });
  expect(await ask('POST', '/_sandbox/faults', '{"on":{"service":"hub"},"effect":{"kind":"slow"}}')).toEqual({
    status: 400,
    body: { message: expect.stringContaining('effect.kind must be one of answer, ') as string },
  });
  expect(await ask('GET', '/_sandbox/faults')).toEqual({ status: 200, body: [] });
});

test('faults are set, told and removed by HTTP', async () => {
  const ask = await administered();
  const fault: Fault = { on: { service: 'heroku', path: '^/a$' }, effect: { kind: 'answer', status: 500, body: '{}' } };
  expect((await ask('POST', '/_sandbox/faults', JSON.stringify(fault))).body).toEqual({
    id: 1,
    fault,
    seen: 0,
    fired: 0,
  });
  expect((await ask('GET', '/a')).status).toBe(500);
  expect((await ask('GET', '/_sandbox/faults')).body).toEqual([{ id: 1, fault, seen: 1, fired: 1 }]);
  expect((await ask('DELETE', '/_sandbox/faults/2')).status).toBe(404);
  expect((await ask('DELETE', '/_sandbox/faults/1')).body).toMatchObject([{ id: 1 }]);
  expect((await ask('DELETE', '/_sandbox/faults')).body).toEqual([]);
});

test('the journal is told from a number on, and as an archive, without what is asked here', async () => {
  const ask = await administered();
  for (const path of ['/a', '/b']) await ask('GET', path);
  expect((await ask('GET', '/_sandbox/journal?after=1')).body).toMatchObject([{ number: 2, path: '/b' }]);
  const har = (await ask('GET', '/_sandbox/journal.har')).body as { log: { entries: unknown[] } };
  expect(harProblems(har)).toEqual([]);
  expect(har.log.entries).toHaveLength(2);
});
