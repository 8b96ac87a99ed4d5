import { setTimeout as sleep } from 'node:timers/promises';
import { type HerokuClient, HerokuError, type Release, Secret } from '@tozo/heroku-client';
import type { RegistryClient, RemoteImage } from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContractApp, createContractApp } from './contract-app.ts';
import { clientOf, type HerokuConnection, nodeImage, registryOf } from './heroku-connection.ts';

const unknownImage = `sha256:${'0'.repeat(64)}`;
const workerScript = 'setInterval(() => {}, 1000)';
const webServer = "require('http').createServer((_, response) => response.end('ok')).listen(process.env.PORT)";

/**
 * What heroku-client relies on, as Heroku documents it. Each test that changes something creates an app with a unique name
 * and removes it. The suite depends on nothing that Heroku leaves open, such as the wording of descriptions.
 */
export function herokuContract(service: string, open: () => Promise<HerokuConnection>): void {
  describe(`heroku-client and ${service}`, { timeout: 300_000 }, () => {
    let connection: HerokuConnection;
    let heroku: HerokuClient;
    let images: RegistryClient;
    let base: RemoteImage;
    /** For tests that change nothing. */
    let unchangedApp: ContractApp;

    beforeAll(async () => {
      connection = await open();
      heroku = clientOf(connection);
      images = registryOf(connection);
      base = await nodeImage(images);
      unchangedApp = await createApp();
    }, 300_000);

    afterAll(async () => {
      await unchangedApp[Symbol.asyncDispose]();
      await Promise.all([heroku.close(), images.close()]);
      await connection[Symbol.asyncDispose]();
    }, 60_000);

    const createApp = () => createContractApp({ connection, heroku, images, base });

    it('rejects a wrong key', async () => {
      const stranger = clientOf({ ...connection, key: 'HRKU-00000000-0000-0000-0000-000000000000' });
      await expect(stranger.account.get()).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
      await stranger.close();
    });

    it.each([
      ['a missing app', (app: string) => heroku.apps.get(`${app.slice(0, 20)}-gone`), 'NOT_FOUND'],
      ['a missing release', (app: string) => heroku.releases.get(app, 99_999), 'NOT_FOUND'],
      [
        'a missing rollback target',
        (app: string) => heroku.rollback(app, '01234567-89ab-cdef-0123-456789abcdef'),
        'NOT_FOUND',
      ],
      ['an app name that is in use', (app: string) => heroku.apps.create({ name: app }), 'INVALID_PARAMS'],
    ])('reports %s with a request ID', async (_name, call, code) => {
      const error = await call(unchangedApp.name).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(HerokuError);
      expect(error).toMatchObject({ code, id: expect.any(String) as string, requestId: expect.any(String) as string });
    });

    it("doesn't release an image that was never pushed", async () => {
      const before = await unchangedApp.version();
      const error = await heroku
        .releaseImages(unchangedApp.name, [{ type: 'web', dockerImage: unknownImage }])
        .catch((cause: unknown) => cause);
      expect(['INVALID_PARAMS', 'NOT_FOUND']).toContain((error as HerokuError).code);
      expect(await unchangedApp.version()).toBe(before);
    });

    it('reads the account and the app', async () => {
      expect((await heroku.account.get()).email).toContain('@');
      expect(await heroku.apps.get(unchangedApp.name)).toMatchObject({
        name: unchangedApp.name,
        buildStack: 'container',
        maintenance: false,
      });
    });

    it('reads whether Preboot is on, and the rate limit', async () => {
      expect(await heroku.features.get(unchangedApp.name, 'preboot')).toEqual({ name: 'preboot', enabled: false });
      const { remaining } = await heroku.rateLimit.get();
      expect(remaining).toBeGreaterThan(0);
      expect(remaining).toBeLessThanOrEqual(4_500);
    });

    it('sends what no method covers, and reports its errors alike', async () => {
      const { status, body } = await heroku.request({ method: 'GET', path: `/apps/${unchangedApp.name}` });
      expect([status, body]).toEqual([200, expect.objectContaining({ name: unchangedApp.name })]);
      const missing = heroku.request({ method: 'GET', path: `/apps/${unchangedApp.name}/releases/99999` });
      await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND', id: 'not_found' });
    });

    it('finds the release of a change of config vars, and none when the values are set already', async () => {
      await using app = await createApp();
      const before = await app.version();
      const changes = { ONE: new Secret('1'), TWO: null };
      const first = await heroku.setConfigVars(app.name, changes, { newestKnown: before });
      expect(first).toMatchObject({ outcome: 'released', release: { version: before + 1 }, others: [] });
      expect(await heroku.setConfigVars(app.name, changes)).toEqual({ outcome: 'unchanged', others: [] });
      const late = await heroku.setConfigVars(app.name, { ONE: new Secret('2') }, { newestKnown: before });
      expect(late).toMatchObject({ outcome: 'superseded', others: [{ version: before + 1 }] });
      expect(await app.configVars()).toEqual({ ONE: '1' });
    });

    it('creates a release for each effective change of config vars, and none for an empty or equal one', async () => {
      await using app = await createApp();
      const before = await app.version();
      expect(await app.setConfigVars({ ONE: '1', TWO: '2' })).toEqual({ ONE: '1', TWO: '2' });
      expect(await app.version()).toBe(before + 1);
      expect(await app.setConfigVars({})).toEqual({ ONE: '1', TWO: '2' });
      expect(await app.setConfigVars({ ONE: '1' })).toEqual({ ONE: '1', TWO: '2' });
      expect(await app.version()).toBe(before + 1);
      expect(await app.setConfigVars({ TWO: null })).toEqual({ ONE: '1' });
      expect(await app.configVars()).toEqual({ ONE: '1' });
      expect(await app.version()).toBe(before + 2);
    });

    it('lists releases newest first, over pages, and finds each by version and by ID', async () => {
      await using app = await createApp();
      for (const ONE of ['1', '2', '3']) await app.setConfigVars({ ONE });
      const all = await app.newest(Number.POSITIVE_INFINITY);
      expect(all.length).toBeGreaterThan(2);
      expect(all.map(({ version }) => version)).toEqual(all.map((_, index) => all[0]!.version - index));
      expect(all.filter(({ current }) => current)).toHaveLength(1);
      expect(await heroku.releases.get(app.name, all[1]!.version)).toEqual(all[1]);
      expect(await heroku.releases.get(app.name, all[1]!.id)).toEqual(all[1]);
    });

    it('releases a pushed image once, and it runs', async () => {
      await using app = await createApp();
      const first = await app.release('web', webServer);
      expect(first.others).toEqual([]);
      expect((await app.finish(first.release)).status).toBe('succeeded');
      expect((await heroku.formation.list(app.name)).map(({ type }) => type)).toContain('web');
      await until('web is up', async () => {
        const dynos = await heroku.dynos.list(app.name);
        return dynos.some(
          ({ type, state, release }) => type === 'web' && state === 'up' && release.version === first.release.version,
        );
      });
      expect(await heroku.releaseImages(app.name, [{ type: 'web', dockerImage: first.image }])).toMatchObject({
        outcome: 'unchanged',
        others: [],
      });
    });

    it('shows the image of a process type, or nothing about images', async () => {
      await using app = await createApp();
      const shown = async () => {
        const formation = await heroku.formation.list(app.name);
        return formation.find(({ type }) => type === 'worker')?.dockerImage;
      };
      await app.finish((await app.release('worker', workerScript)).release);
      const first = await shown();
      expect(typeof (first?.id ?? 'hidden')).toBe('string');
      await app.finish((await app.release('worker', `${workerScript};`)).release);
      if (first) expect((await shown())?.id).not.toBe(first.id);
      else expect(await shown()).toBe(first);
    });

    it('removes a process type', async () => {
      await using app = await createApp();
      await app.finish((await app.release('web', webServer)).release);
      await app.finish((await app.release('worker', workerScript)).release);
      expect(await heroku.formation.remove(app.name, 'worker')).toBe('removed');
      expect((await heroku.formation.list(app.name)).map(({ type }) => type)).toEqual(['web']);
      expect(await heroku.formation.remove(app.name, 'worker')).toBe('absent');
    });

    it('reads what an app writes, as it comes and as recent lines', async () => {
      await using app = await createApp();
      const ticks = "let n = 0; setInterval(() => console.log('tick ' + (n += 1)), 50)";
      await app.finish((await app.release('worker', ticks)).release);
      await heroku.formation.update(app.name, [{ type: 'worker', quantity: 1 }]);
      const done = new AbortController();
      const log = heroku.logs.tail(app.name, { signal: done.signal, source: 'app', dyno: 'worker.1' });
      const ticked = / app\[worker\.1\]: tick \d+$/;
      expect(await firstMatch(ticked, log)).toMatch(ticked);
      done.abort();
      const lines = await heroku.logs.recent(app.name, { lines: 1, source: 'app', dyno: 'worker.1' });
      expect(lines).toEqual([expect.stringMatching(ticked)]);
    });

    it('rolls back by a new release that restores the config vars', async () => {
      await using app = await createApp();
      await app.setConfigVars({ ONE: '1' });
      await app.finish((await app.release('worker', workerScript)).release);
      const [target] = await app.newest(1);
      await app.setConfigVars({ ONE: 'changed' });
      const changed = await app.version();
      const outcome = await heroku.rollback(app.name, target!.id);
      if (outcome.outcome !== 'released') throw new Error('The rollback was not made.');
      const { release, others } = outcome;
      expect((await app.finish(release)).status).toBe('succeeded');
      expect([release.version, others]).toEqual([changed + 1, []]);
      expect(await app.configVars()).toEqual({ ONE: '1' });
    });

    it('reports a failed release phase as failed, and the release before it stays current', async () => {
      await using app = await createApp();
      await app.finish((await app.release('worker', workerScript)).release);
      const before = (await app.newest(10)).find(({ current }) => current);
      const { release } = await app.release('release', "console.log('migrating'); process.exit(1)");
      expect((await app.finish(release)).status).toBe('failed');
      expect((await app.newest(10)).find(({ current }) => current)?.version).toBe(before?.version);
    });

    it('a successful release phase makes its release succeed, and its output can be read', async () => {
      await using app = await createApp();
      await app.finish((await app.release('worker', workerScript)).release);
      const { release } = await app.release('release', "console.log('migrating'); console.log('migrated')");
      const lines = outputOf(heroku, release);
      expect((await app.finish(release)).status).toBe('succeeded');
      // Heroku streams output only from images that contain curl. node:20-slim doesn't.
      expect(['', 'migrating,migrated']).toContain((await lines).join());
    });
  });
}

async function outputOf(heroku: HerokuClient, { outputStreamUrl }: Release): Promise<string[]> {
  const lines: string[] = [];
  if (outputStreamUrl === null) return lines;
  for await (const line of heroku.releaseOutput(outputStreamUrl, { signal: AbortSignal.timeout(60_000) }))
    lines.push(line);
  return lines;
}

async function firstMatch(pattern: RegExp, lines: AsyncIterable<string>): Promise<string | undefined> {
  for await (const line of lines) if (pattern.test(line)) return line;
  return undefined;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let left = 240; !(await holds()); left -= 1) {
    if (left === 0) throw new Error(`Within two minutes it didn't come true that ${what}.`);
    await sleep(500);
  }
}
