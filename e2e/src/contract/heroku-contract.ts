import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Clock,
  createHerokuClient,
  type HerokuClient,
  HerokuError,
  type Release,
  Secret,
} from '@tozo/heroku-client';
import {
  createRegistryClient,
  imageOf,
  type RegistryClient,
  type RemoteImage,
  storedLayers,
} from '@tozo/registry-pusher';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A Heroku to hold to the contract: the live one by default. */
export interface HerokuConnection extends AsyncDisposable {
  readonly url?: string;
  readonly key: string;
  readonly registryUrl?: string;
  readonly hubUrl?: string;
  /** Paces the waits. Default: real time. */
  readonly clock?: Clock;
}

const registry = 'registry.heroku.com';
const unknownImage = `sha256:${'0'.repeat(64)}`;
export const webServer = "require('http').createServer((_, response) => response.end('ok')).listen(process.env.PORT)";

/**
 * What heroku-client relies on, as Heroku documents it. The suite makes one app, with a name of its own, and removes it. It
 * depends on nothing that Heroku leaves open, such as the wording of descriptions.
 */
export function herokuContract(service: string, open: () => Promise<HerokuConnection>): void {
  describe(`heroku-client and ${service}`, { timeout: 300_000 }, () => {
    const app = `tozo-contract-${randomBytes(4).toString('hex')}`;
    let connection: HerokuConnection;
    let heroku: HerokuClient;
    let images: RegistryClient;
    let base: RemoteImage;

    beforeAll(async () => {
      connection = await open();
      heroku = clientOf(connection);
      images = registryOf(connection);
      base = await nodeImage(images);
      await heroku.apps.create({ name: app, stack: 'container' });
    }, 300_000);

    afterAll(async () => {
      await removeApp(connection, app);
      await Promise.all([heroku.close(), images.close()]);
      await connection[Symbol.asyncDispose]();
    }, 60_000);

    const push = (type: string, source: string): Promise<string> => pushImage(images, base, `${app}/${type}`, source);

    async function setConfigVars(values: Record<string, string | null>): Promise<Record<string, string>> {
      const changes = Object.entries(values).map(([name, value]) => [name, value === null ? null : new Secret(value)]);
      return revealed(await heroku.configVars.update(app, Object.fromEntries(changes)));
    }

    async function newest(count: number): Promise<Release[]> {
      const found: Release[] = [];
      for await (const release of heroku.releases.list(app, { max: 2 })) {
        found.push(release);
        if (found.length >= count) break;
      }
      return found;
    }

    const versionOf = async (): Promise<number> => (await newest(1))[0]!.version;
    const wait = (release: Release) => heroku.releases.waitFor(app, release.version, { deadline: 240_000 });

    it('a wrong key is refused', async () => {
      const stranger = clientOf({ ...connection, key: 'HRKU-00000000-0000-0000-0000-000000000000' });
      await expect(stranger.account.get()).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
      await stranger.close();
    });

    it.each([
      ['an app', () => heroku.apps.get(`${app.slice(0, 20)}-gone`), 'NOT_FOUND'],
      ['a release', () => heroku.releases.get(app, 99_999), 'NOT_FOUND'],
      ['a rollback target', () => heroku.rollback(app, '01234567-89ab-cdef-0123-456789abcdef'), 'NOT_FOUND'],
      ['a free name', () => heroku.apps.create({ name: app }), 'INVALID_PARAMS'],
    ])('%s that is not there is told, with a request id', async (_name, call, code) => {
      const error = await call().catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(HerokuError);
      expect(error).toMatchObject({ code, id: expect.any(String) as string, requestId: expect.any(String) as string });
    });

    it('an image that was never pushed is not released', async () => {
      const before = await versionOf();
      const error = await heroku
        .releaseImages(app, [{ type: 'web', dockerImage: unknownImage }])
        .catch((cause: unknown) => cause);
      expect(['INVALID_PARAMS', 'NOT_FOUND']).toContain((error as HerokuError).code);
      expect(await versionOf()).toBe(before);
    });

    it('the account and the app are read', async () => {
      expect((await heroku.account.get()).email).toContain('@');
      expect(await heroku.apps.get(app)).toMatchObject({ name: app, buildStack: 'container', maintenance: false });
    });

    it('each effective change of config vars is a release, an empty or equal one is none', async () => {
      const before = await versionOf();
      expect(await setConfigVars({ ONE: '1', TWO: '2' })).toEqual({ ONE: '1', TWO: '2' });
      expect(await versionOf()).toBe(before + 1);
      expect(await setConfigVars({})).toEqual({ ONE: '1', TWO: '2' });
      expect(await setConfigVars({ ONE: '1' })).toEqual({ ONE: '1', TWO: '2' });
      expect(await versionOf()).toBe(before + 1);
      expect(await setConfigVars({ TWO: null })).toEqual({ ONE: '1' });
      expect(revealed(await heroku.configVars.get(app))).toEqual({ ONE: '1' });
      expect(await versionOf()).toBe(before + 2);
    });

    it('releases come newest first, over pages, each found by version and by id', async () => {
      const all = await newest(Number.POSITIVE_INFINITY);
      expect(all.length).toBeGreaterThan(2);
      expect(all.map(({ version }) => version)).toEqual(all.map((_, index) => all[0]!.version - index));
      expect(all.filter(({ current }) => current)).toHaveLength(1);
      expect(await heroku.releases.get(app, all[1]!.version)).toEqual(all[1]);
      expect(await heroku.releases.get(app, all[1]!.id)).toEqual(all[1]);
    });

    it('a pushed image is released once, succeeds, and runs', async () => {
      const web = await push('web', webServer);
      const first = await heroku.releaseImages(app, [{ type: 'web', dockerImage: web }]);
      if (first.outcome !== 'released') throw new Error('It was not released.');
      expect(first.others).toEqual([]);
      expect((await wait(first.release)).status).toBe('succeeded');
      expect((await heroku.formation.list(app)).map(({ type }) => type)).toContain('web');
      await until(async () => {
        const dynos = await heroku.dynos.list(app);
        return dynos.some(
          ({ type, state, release }) => type === 'web' && state === 'up' && release.version === first.release.version,
        );
      });
      expect(await heroku.releaseImages(app, [{ type: 'web', dockerImage: web }])).toEqual({
        outcome: 'unchanged',
        others: [],
      });
    });

    it('a rollback is a new release and brings the config vars back', async () => {
      const [target] = await newest(1);
      await setConfigVars({ ONE: 'changed' });
      const changed = await versionOf();
      const { release, others } = await heroku.rollback(app, target!.id);
      expect((await wait(release)).status).toBe('succeeded');
      expect([release.version, others]).toEqual([changed + 1, []]);
      expect(revealed(await heroku.configVars.get(app))).toEqual({ ONE: '1' });
    });

    it('a failed release phase is told as failed, and the release before it stays', async () => {
      const before = (await newest(10)).find(({ current }) => current);
      const failing = await push('release', "console.log('migrating'); process.exit(1)");
      const outcome = await heroku.releaseImages(app, [{ type: 'release', dockerImage: failing }]);
      if (outcome.outcome !== 'released') throw new Error('It was not released.');
      expect((await wait(outcome.release)).status).toBe('failed');
      expect((await newest(10)).find(({ current }) => current)?.version).toBe(before?.version);
    });

    it('a release phase that ends well makes its release succeed, and its output can be read', async () => {
      const migrating = await push('release', "console.log('migrating'); console.log('migrated')");
      const outcome = await heroku.releaseImages(app, [{ type: 'release', dockerImage: migrating }]);
      if (outcome.outcome !== 'released') throw new Error('It was not released.');
      const lines = outputOf(heroku, outcome.release);
      expect((await wait(outcome.release)).status).toBe('succeeded');
      // Heroku streams it only from images that hold curl, which node:20-slim does not.
      expect(['', 'migrating,migrated']).toContain((await lines).join());
    });
  });
}

export function clientOf({ url, key, clock }: Pick<HerokuConnection, 'url' | 'key' | 'clock'>): HerokuClient {
  return createHerokuClient({
    apiKey: key,
    ...(url === undefined ? {} : { baseUrl: url }),
    ...(clock ? { clock } : {}),
  });
}

export function registryOf({
  key,
  registryUrl,
  hubUrl,
}: Omit<HerokuConnection, typeof Symbol.asyncDispose>): RegistryClient {
  return createRegistryClient({
    endpoints: {
      [registry]: {
        credentials: { username: '_', password: key },
        ...(registryUrl === undefined ? {} : { url: registryUrl }),
      },
      ...(hubUrl === undefined ? {} : { 'docker.io': { url: hubUrl } }),
    },
  });
}

/** The image that the suite's own images stand on. */
export async function nodeImage(images: RegistryClient): Promise<RemoteImage> {
  const node = await images.getImage({ registry: 'docker.io', repository: 'library/node', tag: '20-slim' });
  if (!node) throw new Error('There is no node:20-slim to build on.');
  return node;
}

/** Pushes an image that runs a script, and gives its image ID. */
export async function pushImage(
  images: RegistryClient,
  base: RemoteImage,
  repository: string,
  source: string,
): Promise<string> {
  const config = { ...base.config.config, Entrypoint: null, Cmd: ['node', '-e', source] };
  const image = imageOf({ ...base.config, config }, storedLayers(base));
  await images.push(image, { registry, repository, tag: 'latest' });
  return image.imageId;
}

/** The client has no way to remove an app, on purpose. */
async function removeApp({ url = 'https://api.heroku.com', key }: HerokuConnection, app: string): Promise<void> {
  await fetch(`${url}/apps/${app}`, {
    method: 'DELETE',
    headers: { accept: 'application/vnd.heroku+json; version=3', authorization: `Bearer ${key}` },
  });
}

async function outputOf(heroku: HerokuClient, { outputStreamUrl }: Release): Promise<string[]> {
  const lines: string[] = [];
  if (outputStreamUrl === null) return lines;
  for await (const line of heroku.releaseOutput(outputStreamUrl, { signal: AbortSignal.timeout(60_000) }))
    lines.push(line);
  return lines;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let left = 240; !(await holds()); left -= 1) {
    if (left === 0) throw new Error('It did not come true within two minutes.');
    await sleep(500);
  }
}

function revealed(configVars: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(configVars).map(([name, value]) => [name, value.reveal()]));
}
