import { describe, expect, it } from 'vitest';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi } from '../testing/fake-api.ts';
import { fakeShop, imageId, processTypeJson, releaseId } from '../testing/fake-heroku.ts';
import { lostResponses, withWrites, writesOf } from '../testing/writes.ts';

const update = [{ type: 'web', dockerImage: imageId }];

describe('releaseImages', () => {
  it('throws a rejection at once', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, () => ({ status: 422, json: { id: 'invalid_params', message: 'No such image.' } })),
    );
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.message).toContain('INVALID_PARAMS: No such image.');
    expect(writesOf(api.seen)).toHaveLength(1);
  });

  it('fails after two lost responses without a release (fault 59, heroku-client)', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(withWrites(shop, () => 'reset'));
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.code).toBe('UNREACHABLE');
    expect(writesOf(api.seen)).toHaveLength(2);
  });

  it("says that the outcome is unknown when the releases can't be read (fault 59, heroku-client)", async () => {
    const shop = fakeShop(3);
    let down = false;
    await using api = await fakeApi((request) => {
      down ||= request.method === 'PATCH';
      return down ? 'reset' : shop.respond(request);
    });
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.message).toContain(`PATCH ${api.url}/apps/shop/formation: UNREACHABLE:`);
    expect(error.message).toContain(
      "Can't tell whether the release of shop happened: check the app's releases before you retry.",
    );
    expect(writesOf(api.seen)).toHaveLength(1);
  });

  it('says that the outcome is unknown when aborted during the request', async () => {
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
    expect(error.message).toContain("Can't tell whether the release of shop happened");
  });

  it('says that the images were accepted when only reading the releases fails', async () => {
    const shop = fakeShop(3);
    let released = false;
    await using api = await fakeApi((request) => {
      if (released) return { status: 401, json: { id: 'unauthorized', message: 'The key was revoked.' } };
      released = request.method === 'PATCH';
      return shop.respond(request);
    });
    const error = await failureOf(clientOf(api).releaseImages('shop', update));
    expect(error.code).toBe('UNAUTHORIZED');
    expect(error.message).toContain('The images were accepted: check the releases to see the result.');
  });

  it.each(lostResponses)(
    'sends the update once when it happened despite %s (fault 59, heroku-client)',
    async (_name, response) => {
      const shop = fakeShop(3);
      await using api = await fakeApi(
        withWrites(shop, (_count, carryOut) => {
          carryOut();
          return response;
        }),
      );
      const outcome = await clientOf(api, { timeout: 500 }).releaseImages('shop', update);
      expect(outcome).toMatchObject({ outcome: 'released', release: { version: 4 }, others: [] });
      expect(writesOf(api.seen)).toHaveLength(1);
    },
  );

  it.each(lostResponses)(
    'sends the update once more when there is no release after %s (fault 59, heroku-client)',
    async (_name, response) => {
      const shop = fakeShop(3);
      await using api = await fakeApi(withWrites(shop, (count, carryOut) => (count === 1 ? response : carryOut())));
      const outcome = await clientOf(api, { timeout: 500 }).releaseImages('shop', update);
      expect(outcome).toMatchObject({
        outcome: 'released',
        release: { version: 4, description: 'Deployed web (142013fe2b5c)' },
      });
      expect(writesOf(api.seen)).toHaveLength(2);
    },
  );

  it("doesn't take someone else's release for its own (fault 59, heroku-client)", async () => {
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

  it("returns someone else's releases before and after its own (fault 71, heroku-client)", async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        shop.add('Set LOG_LEVEL config vars');
        const response = carryOut();
        shop.add('Rollback to v2');
        return response;
      }),
    );
    const outcome = await clientOf(api).releaseImages('shop', update);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 5 } });
    expect(outcome.others.map(({ version }) => version)).toEqual([6, 4]);
  });

  it('returns unchanged when these images are already running, even after other releases (fault 61, heroku-client)', async () => {
    const shop = fakeShop(3);
    shop.add('Deployed web (142013fe2b5c)');
    await using api = await fakeApi(shop.respond);
    expect(await clientOf(api).releaseImages('shop', update)).toEqual({ outcome: 'unchanged', others: [] });

    await using busy = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        const response = carryOut();
        shop.add('Set LOG_LEVEL config vars');
        return response;
      }),
    );
    expect(await clientOf(busy).releaseImages('shop', update)).toMatchObject({
      outcome: 'unchanged',
      others: [{ version: 5 }],
    });
  });

  it('returns what Heroku says about an update that it ignored (fault 114, heroku-client)', async () => {
    const shop = fakeShop(3);
    const warning = 'The process type web was not updated, because it is already running the specified docker image.';
    await using api = await fakeApi(
      withWrites(shop, () => ({ json: [processTypeJson('web')], headers: { 'warning-message': warning } })),
    );
    const warnings: string[] = [];
    const client = clientOf(api, { onWarning: (text) => warnings.push(text) });
    expect(await client.releaseImages('shop', update)).toEqual({ outcome: 'unchanged', warning, others: [] });
    expect(warnings).toEqual([warning]);
  });

  it('ends at its deadline when the result stays unknown', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(withWrites(shop, () => 'reset'));
    const error = await failureOf(clientOf(api).releaseImages('shop', update, { deadline: 3_000 }));
    expect(error.code).toBe('UNREACHABLE');
    expect(error.message).toContain("Can't tell whether the release of shop happened");
    expect(writesOf(api.seen)).toHaveLength(1);
  });

  it('finds its release when descriptions name no images', async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi((request) => {
      if (request.method === 'GET') return shop.respond(request);
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
    await using api = await fakeApi(shop.respond);
    const outcome = await clientOf(api).releaseImages('shop', update, { newestKnown: 2 });
    expect(outcome).toMatchObject({ outcome: 'superseded', others: [{ version: 3 }] });
    expect(writesOf(api.seen)).toEqual([]);
  });

  it('creates the first release of an app', async () => {
    await using api = await fakeApi(fakeShop(0).respond);
    expect(await clientOf(api).releaseImages('shop', update)).toMatchObject({
      outcome: 'released',
      release: { version: 1 },
    });
  });
});

describe('rollback', () => {
  it("changes nothing when the release doesn't exist", async () => {
    await using api = await fakeApi(fakeShop(3).respond);
    const error = await failureOf(clientOf(api).rollback('shop', releaseId(9)));
    expect(error.code).toBe('NOT_FOUND');
    expect(writesOf(api.seen)).toEqual([]);
  });

  it("creates one release and returns someone else's", async () => {
    const shop = fakeShop(3);
    await using api = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        shop.add('Set LOG_LEVEL config vars');
        return carryOut();
      }),
    );
    const outcome = await clientOf(api).rollback('shop', releaseId(2));
    expect(outcome).toMatchObject({ release: { version: 5, description: 'Rollback to v2' }, others: [{ version: 4 }] });
    expect(writesOf(api.seen)).toMatchObject([
      { method: 'POST', path: '/apps/shop/releases', body: { release: releaseId(2) } },
    ]);
  });

  it.each(lostResponses)(
    'sends the rollback once when it happened despite %s (fault 60, heroku-client)',
    async (_name, response) => {
      const shop = fakeShop(3);
      let reads = 0;
      await using api = await fakeApi((request) => {
        if (request.method === 'POST') return response;
        reads += 1;
        // Heroku was still working on it when the response was lost.
        if (reads === 10) shop.add('Rollback to v2');
        return shop.respond(request);
      });
      const outcome = await clientOf(api, { timeout: 500 }).rollback('shop', releaseId(2));
      expect(outcome.outcome === 'released' && outcome.release).toMatchObject({
        version: 4,
        description: 'Rollback to v2',
      });
      expect(writesOf(api.seen)).toHaveLength(1);
    },
  );

  it.each(lostResponses)(
    'sends the rollback once more when there is none after %s (fault 60, heroku-client)',
    async (_name, response) => {
      const shop = fakeShop(3);
      await using api = await fakeApi(
        withWrites(shop, (count, carryOut) => {
          if (count > 1) return carryOut();
          shop.add('Rollback to v1');
          return response;
        }),
      );
      const outcome = await clientOf(api, { timeout: 500 }).rollback('shop', releaseId(2));
      expect(outcome.outcome === 'released' && outcome.release).toMatchObject({
        version: 5,
        description: 'Rollback to v2',
      });
      expect(outcome.others).toMatchObject([{ version: 4, description: 'Rollback to v1' }]);
      expect(writesOf(api.seen)).toHaveLength(2);
    },
  );
});
