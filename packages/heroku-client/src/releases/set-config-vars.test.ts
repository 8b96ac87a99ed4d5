import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { clientOf, failureOf } from '../testing/client.ts';
import { fakeApi, type FakeResponse, type SeenRequest } from '../testing/fake-api.ts';
import { type FakeShop, fakeShop } from '../testing/fake-heroku.ts';
import { lostResponses, withWrites, writesOf } from '../testing/writes.ts';

const changes = { LOG_LEVEL: new Secret('info'), OLD: null };

/** A shop with config vars. */
function shopWithConfigVars(
  initial: Record<string, string>,
): FakeShop & { readonly configVars: Record<string, string> } {
  const shop = fakeShop(3);
  const configVars = { ...initial };
  function respond(request: SeenRequest): FakeResponse {
    if (request.path !== '/apps/shop/config-vars') return shop.respond(request);
    if (request.method === 'GET') return { json: configVars };
    const changed = Object.entries(request.body as Record<string, string | null>).filter(
      ([name, value]) => (configVars[name] ?? null) !== value,
    );
    for (const [name, value] of changed) {
      if (value === null) delete configVars[name];
      else configVars[name] = value;
    }
    if (changed.length > 0) shop.add(`Set ${changed.map(([name]) => name).join(', ')} config vars`);
    return { json: configVars };
  }
  return { ...shop, respond, configVars };
}

describe('setConfigVars', () => {
  it('sends all changes in one PATCH and returns its release', async () => {
    const shop = shopWithConfigVars({ OLD: 'x', KEPT: 'y' });
    await using api = await fakeApi(shop.respond);
    expect(await clientOf(api).setConfigVars('shop', changes)).toMatchObject({
      outcome: 'released',
      release: { version: 4, description: 'Set LOG_LEVEL, OLD config vars' },
      others: [],
    });
    expect(shop.configVars).toEqual({ LOG_LEVEL: 'info', KEPT: 'y' });
    expect(writesOf(api.seen)).toMatchObject([
      { path: '/apps/shop/config-vars', body: { LOG_LEVEL: 'info', OLD: null } },
    ]);
  });

  it('sends nothing without changes', async () => {
    await using api = await fakeApi(() => 'reset');
    expect(await clientOf(api).setConfigVars('shop', {})).toEqual({ outcome: 'unchanged', others: [] });
    expect(api.seen).toEqual([]);
  });

  it('returns unchanged when the values are set already', async () => {
    await using api = await fakeApi(shopWithConfigVars({ LOG_LEVEL: 'info' }).respond);
    expect(await clientOf(api).setConfigVars('shop', changes)).toEqual({ outcome: 'unchanged', others: [] });
  });

  it('sends nothing when there is a newer release than the caller knows (fault 98, heroku-client)', async () => {
    await using api = await fakeApi(shopWithConfigVars({}).respond);
    const outcome = await clientOf(api).setConfigVars('shop', changes, { newestKnown: 2 });
    expect(outcome).toMatchObject({ outcome: 'superseded', others: [{ version: 3 }] });
    expect(writesOf(api.seen)).toEqual([]);
  });

  it("returns someone else's releases before and after its own (fault 98, heroku-client)", async () => {
    const shop = shopWithConfigVars({ OLD: 'x' });
    await using api = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        shop.add('Set LOG_LEVEL, PORT config vars');
        const response = carryOut();
        shop.add('Deployed web (ffffffffffff)');
        return response;
      }),
    );
    const outcome = await clientOf(api).setConfigVars('shop', changes);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 5 } });
    expect(outcome.others.map(({ version }) => version)).toEqual([6, 4]);
  });

  it.each(lostResponses)('sends the change once when it happened despite %s', async (_name, response) => {
    const shop = shopWithConfigVars({ OLD: 'x' });
    await using api = await fakeApi(
      withWrites(shop, (_count, carryOut) => {
        carryOut();
        return response;
      }),
    );
    const outcome = await clientOf(api, { timeout: 500 }).setConfigVars('shop', changes);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 4 }, others: [] });
    expect(writesOf(api.seen)).toHaveLength(1);
  });

  it('finds its release when a failed release phase took the values back', async () => {
    const shop = shopWithConfigVars({ OLD: 'x' });
    await using api = await fakeApi(
      withWrites(shop, () => {
        shop.add('Set LOG_LEVEL, OLD config vars', 'failed');
        return 'reset';
      }),
    );
    const outcome = await clientOf(api).setConfigVars('shop', changes);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 4, status: 'failed' } });
    expect(writesOf(api.seen)).toHaveLength(1);
  });

  it.each(lostResponses)('sends the change once more when nothing happened after %s', async (_name, response) => {
    const shop = shopWithConfigVars({ OLD: 'x' });
    await using api = await fakeApi(withWrites(shop, (count, carryOut) => (count === 1 ? response : carryOut())));
    const outcome = await clientOf(api, { timeout: 500 }).setConfigVars('shop', changes);
    expect(outcome).toMatchObject({ outcome: 'released', release: { version: 4 } });
    expect(writesOf(api.seen)).toHaveLength(2);
  });

  it('says that the outcome is unknown when nothing can be read, without a value', async () => {
    const shop = shopWithConfigVars({});
    let down = false;
    await using api = await fakeApi((request) => {
      down ||= request.method === 'PATCH';
      return down ? 'reset' : shop.respond(request);
    });
    const error = await failureOf(clientOf(api).setConfigVars('shop', { KEY: new Secret('hunter22') }));
    expect(error.message).toContain(
      "Can't tell whether the change of shop's config vars happened: check the app's releases and config vars before you retry.",
    );
    expect(error.message).not.toContain('hunter22');
  });
});
