import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi } from '../testing/fake-api.ts';
import { fakeShop, releaseId, releaseJson } from '../testing/fake-heroku.ts';
import { abortInSleep, virtualClock } from '../testing/virtual-clock.ts';

describe('releases.list', () => {
  it('stops at a page that repeats', async () => {
    await using api = await fakeApi(() => ({
      status: 206,
      headers: { 'next-range': 'version ]1..; max=10, order=desc' },
      json: [releaseJson({ version: 2, description: 'again' })],
    }));
    const error = await failureOf(versions(clientOf(api).releases.list('shop')));
    expect(error.message).toContain('PROTOCOL: v2 came after v2');
    expect(api.seen).toHaveLength(2);
  });

  it('lists newest first, page by page', async () => {
    const shop = fakeShop(7);
    await using api = await fakeApi(shop.respond);
    expect(await versions(clientOf(api).releases.list('shop', { max: 3 }))).toEqual([7, 6, 5, 4, 3, 2, 1]);
    expect(api.seen.map(({ headers }) => headers.range)).toEqual([
      'version ..; max=3, order=desc',
      'version ]5..; max=3, order=desc',
      'version ]2..; max=3, order=desc',
    ]);
  });

  it('reads no more pages than the loop needs', async () => {
    const shop = fakeShop(7);
    await using api = await fakeApi(shop.respond);
    for await (const release of clientOf(api).releases.list('shop', { max: 3 })) if (release.version === 6) break;
    expect(api.seen).toHaveLength(1);
  });

  it('starts at a version', async () => {
    const shop = fakeShop(7);
    await using api = await fakeApi(shop.respond);
    expect(await versions(clientOf(api).releases.list('shop', { max: 3, from: 3 }))).toEqual([3, 2, 1]);
  });

  it('is empty for a new app', async () => {
    await using api = await fakeApi(fakeShop(0).respond);
    expect(await versions(clientOf(api).releases.list('shop'))).toEqual([]);
  });
});

describe('releases.get', () => {
  it.each([['v2'], ['2'], [2], [releaseId(2)]])('finds a release as %s', async (identity) => {
    await using api = await fakeApi(fakeShop(3).respond);
    expect(await clientOf(api).releases.get('shop', identity)).toEqual({
      id: releaseId(2),
      version: 2,
      status: 'succeeded',
      current: true,
      description: 'Set V2 config vars',
      createdAt: '2026-01-01T12:00:00Z',
      user: 'shop@example.com',
      outputStreamUrl: null,
      eligibleForRollback: true,
    });
  });
});

describe('releases.waitFor', () => {
  it('ends at the deadline while the release is pending (fault 63, heroku-client)', async () => {
    await using api = await fakeApi(() => ({ json: releaseJson({ version: 42, description: '', status: 'pending' }) }));
    const clock = virtualClock();
    const error = await failureOf(clientOf(api, { clock }).releases.waitFor('shop', 42, { deadline: 60_000 }));
    expect(error.message).toBe(
      'v42 of shop: TIMEOUT: after 60 s its status is still "pending". The release continues on Heroku: check its status before you retry.',
    );
    expect(clock.now()).toBe(61_000);
    expect(Math.max(...clock.slept)).toBe(5_000);
  });

  it("doesn't treat an unknown status as success, and names it (fault 65, heroku-client)", async () => {
    await using api = await fakeApi(() => ({
      json: releaseJson({ version: 42, description: '', status: 'finished' }),
    }));
    const error = await failureOf(clientOf(api).releases.waitFor('shop', 42, { deadline: 10_000 }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain('its status is still "finished"');
  });

  it('ends at once when aborted', async () => {
    await using api = await fakeApi(() => ({ json: releaseJson({ version: 42, description: '', status: 'pending' }) }));
    const controller = new AbortController();
    const error = await failureOf(
      clientOf(api, { clock: abortInSleep(controller) }).releases.waitFor('shop', 42, {
        deadline: 60_000,
        signal: controller.signal,
      }),
    );
    expect(error.message).toContain(
      'v42 of shop: ABORTED: the wait for it was canceled; its status is still "pending".',
    );
  });

  it("doesn't wait after a rejection", async () => {
    await using api = await fakeApi(() => ({ status: 404, json: { id: 'not_found', message: 'No.' } }));
    const error = await failureOf(clientOf(api).releases.waitFor('shop', 42, { deadline: 60_000 }));
    expect(error.code).toBe('NOT_FOUND');
  });

  it("doesn't retry past the deadline, regardless of Retry-After (fault 58, heroku-client)", async () => {
    await using api = await fakeApi(() => ({
      status: 429,
      headers: { 'retry-after': '300' },
      json: { id: 'rate_limit', message: 'Too many.' },
    }));
    const clock = virtualClock();
    const error = await failureOf(clientOf(api, { clock }).releases.waitFor('shop', 42, { deadline: 60_000 }));
    expect(error.code).toBe('TIMEOUT');
    expect(error.message).toContain('Too many.');
    expect(clock.now()).toBe(61_000);
  });

  it('reports each poll that fails after its retries, and continues', async () => {
    await using api = await fakeApi((_request, count) =>
      count <= 10
        ? { status: 500, json: { id: 'internal', message: `Trouble ${count}.` } }
        : { json: releaseJson({ version: 42, description: '', status: 'succeeded' }) },
    );
    const failed: string[] = [];
    const release = await clientOf(api, { clock: virtualClock() }).releases.waitFor('shop', 42, {
      deadline: 60_000,
      onFailedPoll: ({ code, message }) => failed.push(`${code} ${/Trouble \d+/.exec(message)?.[0]}`),
    });
    expect(release.status).toBe('succeeded');
    expect(failed).toEqual(['SERVER_ERROR Trouble 5', 'SERVER_ERROR Trouble 10']);
  });

  it.each(['failed', 'expired', 'succeeded'])(
    'returns a release that ends as %s (fault 64, heroku-client)',
    async (status) => {
      const polls: string[] = [];
      await using api = await fakeApi((_request, count) => {
        if (count === 2) return 'reset';
        if (count === 4) return { status: 503, text: 'maintenance' };
        return { json: releaseJson({ version: 42, description: '', status: count < 6 ? 'pending' : status }) };
      });
      const release = await clientOf(api).releases.waitFor('shop', 42, {
        deadline: 60_000,
        onPoll: (seen) => polls.push(seen.status),
      });
      expect(release.status).toBe(status);
      expect(polls).toEqual(['pending', 'pending', 'pending', status]);
    },
  );
});

async function versions(releases: AsyncIterable<{ version: number }>): Promise<number[]> {
  const found: number[] = [];
  for await (const { version } of releases) found.push(version);
  return found;
}
