import { expect, onTestFinished, test } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import { startSandbox } from '../server/server.ts';
import { harProblems } from '../testing/har-check.ts';
import { createAdminIntercept } from './admin.ts';
import type { SandboxStatus } from './status.ts';

interface AdminResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Starts a sandbox with admin paths and returns a client. */
async function startAdministered(): Promise<(method: string, path: string, body?: string) => Promise<AdminResponse>> {
  const intercept = createAdminIntercept('t0ken', () => ({
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
    const response = await fetch(`${sandbox.urls.heroku}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: await response.json() };
  };
}

test('rejects an invalid fault with 400 and the problems', async () => {
  const request = await startAdministered();
  expect(await request('POST', '/_sandbox/faults', '{"on":')).toEqual({
    status: 400,
    body: { message: expect.stringMatching(/^The body isn't JSON: /) as string },
  });
  expect(await request('POST', '/_sandbox/faults', '{"on":{"service":"hub"},"effect":{"kind":"slow"}}')).toEqual({
    status: 400,
    body: { message: expect.stringContaining('effect.kind must be one of answer, ') as string },
  });
  expect(await request('GET', '/_sandbox/faults')).toEqual({ status: 200, body: [] });
});

test('sets, lists and removes faults', async () => {
  const request = await startAdministered();
  const fault: Fault = { on: { service: 'heroku', path: '^/a$' }, effect: { kind: 'answer', status: 500, body: '{}' } };
  expect((await request('POST', '/_sandbox/faults', JSON.stringify(fault))).body).toEqual({
    id: 1,
    fault,
    seen: 0,
    fired: 0,
  });
  expect((await request('GET', '/a')).status).toBe(500);
  expect((await request('GET', '/_sandbox/faults')).body).toEqual([{ id: 1, fault, seen: 1, fired: 1 }]);
  expect((await request('DELETE', '/_sandbox/faults/2')).status).toBe(404);
  expect((await request('DELETE', '/_sandbox/faults/1')).body).toMatchObject([{ id: 1 }]);
  expect((await request('DELETE', '/_sandbox/faults')).body).toEqual([]);
});

test('returns the journal from a number on, or as HAR, without admin requests', async () => {
  const request = await startAdministered();
  for (const path of ['/a', '/b']) await request('GET', path);
  expect((await request('GET', '/_sandbox/journal?after=1')).body).toMatchObject([{ number: 2, path: '/b' }]);
  const har = (await request('GET', '/_sandbox/journal.har')).body as { log: { entries: unknown[] } };
  expect(harProblems(har)).toEqual([]);
  expect(har.log.entries).toHaveLength(2);
});

test('moves the time, only forward', async () => {
  const request = await startAdministered();
  const move = async (body: object) => await request('POST', '/_sandbox/time', JSON.stringify(body));
  const timeOf = ({ body }: AdminResponse) => Date.parse((body as { time: string }).time);
  const before = timeOf(await request('GET', '/_sandbox/time'));
  expect(timeOf(await move({ by: { minutes: 30 } })) - before).toBeGreaterThanOrEqual(30 * 60_000);
  expect(await move({ to: '2040-01-01T00:00:00Z' })).toMatchObject({ status: 200 });
  expect(await move({ to: '2030-01-01T00:00:00Z' })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining("is before the sandbox's 2040-01-01") as string },
  });
  for (const body of [{}, { by: { minutes: -1 } }, { by: {}, to: '' }, { by: 5 }, []]) {
    expect(await move(body)).toMatchObject({ status: 400 });
  }
});
