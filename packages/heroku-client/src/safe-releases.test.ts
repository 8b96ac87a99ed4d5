import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from './testing/client.ts';
import { fakeApi, type FakeAnswer, type SeenRequest } from './testing/fake-api.ts';
import { fakeShop, type FakeShop, imageId, releaseId } from './testing/fake-heroku.ts';

const update = [{ type: 'web', dockerImage: imageId }];
const writes = (seen: readonly SeenRequest[]): SeenRequest[] => seen.filter(({ method }) => method !== 'GET');

/** Answers writes by `write`, given how many came before and what the shop would have said; reads as they are. */
function withWrites(shop: FakeShop, write: (count: number, carryOut: () => FakeAnswer) => FakeAnswer) {
  let count = 0;
  return (request: SeenRequest): FakeAnswer => {
    if (request.method === 'GET') return shop.answer(request);
    count += 1;
    return write(count, () => shop.answer(request));
  };
}

const lost: readonly (readonly [string, FakeAnswer])[] = [
  ['a cut connection', 'reset'],
  ['silence', 'silence'],
  ['a server error', { status: 500, json: { id: 'internal_server_error', message: 'Oops.' } }],
  ['an answer that cannot be read', { text: '<h1>ok</h1>' }],
];

describe('releasing images', () => {
  it('a refusal is handed on and settles it', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, () => ({ status: 422, json: { id: 'invalid_params', message: 'No such image.' } })),
    );
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.message).toContain('INVALID_PARAMS: No such image.');
    expect(writes(api.seen)).toHaveLength(1);
  });

  it('gives up after two lost answers that left no release (fault 59)', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(withWrites(shop, () => 'reset'));
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.code).toBe('UNREACHABLE');
    expect(writes(api.seen)).toHaveLength(2);
  });

  it('says that the outcome is unknown when it cannot even be looked for (fault 59)', async () => {
    const shop = fakeShop(3);
    let down = false;
    await using api = await fakeApi((request) => {
      down ||= request.method === 'PATCH';
      return down ? 'reset' : shop.answer(request);
    });
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.message).toContain(`PATCH ${api.url}/apps/shop/formation: UNREACHABLE:`);
    expect(error.message).toContain(
      "Whether the release of shop was carried out is not known: read the app's releases before you try again.",
    );
    expect(writes(api.seen)).toHaveLength(1);
  });

  it('says so as well when it is aborted while the request is under way', async () => {
    const shop = fakeShop(3);
    const controller = new AbortController();
    await using api = await fakeApi(
      withWrites(shop, () => {
        controller.abort();
        return 'silence';
      }),
    );
    const error = await failureOf(clientOf(api).releaseImages('shop', update, { signal: controller.signal }));
    expect(error.code).toBe('ABORTED');
    expect(error.message).toContain('Whether the release of shop was carried out is not known');
  });

  it('says that the images were accepted when only reading afterwards fails', async () => {
    const shop = fakeShop(3);
    let released = false;
    await using api = await fakeApi((request) => {
      if (released) return { status: 401, json: { id: 'unauthorized', message: 'The key was revoked.' } };
      released = request.method === 'PATCH';
      return shop.answer(request);
    });
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toContain('The images were accepted; read the releases to see which one came of it.');
  });

  it.each(lost)('is not sent again when %s hides that it was carried out (fault 59)', async (_name, answer) => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        carryOut();
        return answer;
      }),
    );
    const outcome = await clientOf(api, { timeout: 500 }).releaseImages('shop', update);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 4 }, others: [] });
    expect(writes(api.seen)).toHaveLength(1);
  });

  it.each(lost)('is sent once more when after %s there is no release of it (fault 59)', async (_name, answer) => {
    const shop = fakeShop(3);
    await using api = await fakeApi(withWrites(shop, (count, carryOut) => (count === 1 ? answer : carryOut())));
    const outcome = await clientOf(api, { timeout: 500 }).releaseImages('shop', update);
    expect(outcome).toMatchObject({
      outcome: 'released',
      release: { version: 4, description: 'Deployed web (142013fe2b5c)' },
    });
    expect(writes(api.seen)).toHaveLength(2);
  });

  it('does not take a release that someone else made meanwhile for its own (fault 59)', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, (count, carryOut) => {
        if (count > 1) return carryOut();
        shop.add('Deployed web (ffffffffffff)');
        return 'reset';
      }),
    );
    const outcome = await clientOf(api).releaseImages('shop', update);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 5 }, others: [{ version: 4 }] });
  });

  it('tells the releases that slipped in before and after (fault 71)', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        shop.add('Set LOG_LEVEL config vars');
        const answer = carryOut();
        shop.add('Rollback to v2');
        return answer;
      }),
    );
    const outcome = await clientOf(api).releaseImages('shop', update);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 5 } });
    expect(outcome.others.map(({ version }) => version)).toEqual([6, 4]);
  });

  it('is unchanged when these images run already, whatever else was released meanwhile (fault 61)', async () => {
    const shop = fakeShop(3);
    shop.add('Deployed web (142013fe2b5c)');
    await using api = await fakeApi(shop.answer);
    expect(await clientOf(api).releaseImages('shop', update)).toEqual({ outcome: 'unchanged', others: [] });

    await using busy = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        const answer = carryOut();
        shop.add('Set LOG_LEVEL config vars');
        return answer;
      }),
    );
    expect(await clientOf(busy).releaseImages('shop', update)).toMatchObject({
      outcome: 'unchanged',
      others: [{ version: 5 }],
    });
  });

  it('finds its release also where descriptions do not name images', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi((request) => {
      if (request.method === 'GET') return shop.answer(request);
      shop.add('Deployed web');
      return { json: [] };
    });
    expect(await clientOf(api).releaseImages('shop', update)).toMatchObject({
      outcome: 'released',
      release: { version: 4 },
    });
  });

  it('sends nothing when there is a newer release than the caller knows (fault 71, heroku-client)', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(shop.answer);
    const outcome = await clientOf(api).releaseImages('shop', update, { newestKnown: 2 });
    expect(outcome).toMatchObject({ outcome: 'superseded', others: [{ version: 3 }] });
    expect(writes(api.seen)).toEqual([]);
  });

  it('works for the first release of an app', async () => {
    await using api = await fakeApi(fakeShop(0).answer);
    expect(await clientOf(api).releaseImages('shop', update)).toMatchObject({
      outcome: 'released',
      release: { version: 1 },
    });
  });
});

describe('a rollback', () => {
  it('to a release that is gone is refused before anything is changed', async () => {
    await using api = await fakeApi(fakeShop(3).answer);
    const error = await failureOf(clientOf(api).rollback('shop', releaseId(9)));
    expect(error.code).toBe('NOT_FOUND');
    expect(writes(api.seen)).toEqual([]);
  });

  it('makes one new release and tells what slipped in', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        shop.add('Set LOG_LEVEL config vars');
        return carryOut();
      }),
    );
    const outcome = await clientOf(api).rollback('shop', releaseId(2));
    expect(outcome).toMatchObject({ release: { version: 5, description: 'Rollback to v2' }, others: [{ version: 4 }] });
    expect(writes(api.seen)).toMatchObject([
      { method: 'POST', path: '/apps/shop/releases', body: { release: releaseId(2) } },
    ]);
  });

  it.each(lost)('is never made twice: %s hides the first (fault 60)', async (_name, answer) => {
    const shop = fakeShop(3);
    let reads = 0;
    await using api = await fakeApi((request) => {
      if (request.method === 'POST') return answer;
      reads += 1;
      // Heroku was still at it when the answer was lost.
      if (reads === 10) shop.add('Rollback to v2');
      return shop.answer(request);
    });
    const outcome = await clientOf(api, { timeout: 500 }).rollback('shop', releaseId(2));
    expect(outcome.release).toMatchObject({ version: 4, description: 'Rollback to v2' });
    expect(writes(api.seen)).toHaveLength(1);
  });

  it.each(lost)('is sent once more when %s left none (fault 60)', async (_name, answer) => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, (count, carryOut) => {
        if (count > 1) return carryOut();
        shop.add('Rollback to v1');
        return answer;
      }),
    );
    const outcome = await clientOf(api, { timeout: 500 }).rollback('shop', releaseId(2));
    expect(outcome.release).toMatchObject({ version: 5, description: 'Rollback to v2' });
    expect(outcome.others).toMatchObject([{ version: 4, description: 'Rollback to v1' }]);
    expect(writes(api.seen)).toHaveLength(2);
  });
});
