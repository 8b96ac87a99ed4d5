import { randomBytes } from 'node:crypto';
import { type HerokuClient, type Release, Secret } from '@tozo/heroku-client';
import type { RegistryClient, RemoteImage } from '@tozo/registry-pusher';
import { removeApp } from '../testing/remove-app.ts';
import { type HerokuConnection, pushImage } from './heroku-connection.ts';

/** An app that one test owns. */
export interface ContractApp extends AsyncDisposable {
  readonly name: string;
  /** Returns the newest releases, at most `count`. */
  newest(count: number): Promise<Release[]>;
  /** Returns the newest release's version. */
  version(): Promise<number>;
  configVars(): Promise<Record<string, string>>;
  setConfigVars(values: Record<string, string | null>): Promise<Record<string, string>>;
  /** Pushes an image that runs a script, and releases it. */
  release(
    type: string,
    source: string,
  ): Promise<{ readonly release: Release; readonly others: readonly Release[]; readonly image: string }>;
  /** Waits until a release has succeeded, failed or expired. */
  finish(release: Release): Promise<Release>;
}

interface Services {
  readonly connection: HerokuConnection;
  readonly heroku: HerokuClient;
  readonly images: RegistryClient;
  readonly base: RemoteImage;
}

/** Creates an app with a unique name. */
export async function createContractApp({ connection, heroku, images, base }: Services): Promise<ContractApp> {
  const name = `tozo-contract-${randomBytes(4).toString('hex')}`;
  await heroku.apps.create({ name, stack: 'container' });
  async function newest(count: number): Promise<Release[]> {
    const found: Release[] = [];
    for await (const release of heroku.releases.list(name, { max: 2 })) {
      found.push(release);
      if (found.length >= count) break;
    }
    return found;
  }
  return {
    name,
    newest,
    version: async () => (await newest(1))[0]!.version,
    configVars: async () => revealed(await heroku.configVars.get(name)),
    async setConfigVars(values) {
      const changes = Object.entries(values).map(([key, value]) => [key, value === null ? null : new Secret(value)]);
      return revealed(await heroku.configVars.update(name, Object.fromEntries(changes)));
    },
    async release(type, source) {
      const image = await pushImage(images, base, `${name}/${type}`, source);
      const outcome = await heroku.releaseImages(name, [{ type, dockerImage: image }]);
      if (outcome.outcome !== 'released') throw new Error(`The image for ${type} was not released.`);
      return { ...outcome, image };
    },
    finish: (release) => heroku.releases.waitFor(name, release.version, { deadline: 240_000 }),
    [Symbol.asyncDispose]: () => removeApp({ url: 'https://api.heroku.com', ...connection }, name),
  };
}

function revealed(configVars: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(configVars).map(([name, value]) => [name, value.reveal()]));
}
