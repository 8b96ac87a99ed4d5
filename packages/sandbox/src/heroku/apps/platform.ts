import { randomUUID } from 'node:crypto';
import type { DynoRunner } from '../../dynos/dyno.ts';
import type { ImageStore } from '../../registry/image-store.ts';
import type { Router } from '../../router/router.ts';
import { App } from './app.ts';
import type { AppStore } from '../state/app-store.ts';
import type { Clock } from '../../time/clock.ts';
import type { Rendezvous } from '../dynos/rendezvous.ts';
import type { Pipelines } from '../state/pipelines.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import type { Durations } from '../durations.ts';
import { invalidParamsError } from '../errors.ts';
import { type AppRecord, createAppRecord, type User, uuidOf } from '../state/model.ts';

export interface PlatformOptions {
  readonly apiKey: string;
  readonly store: AppStore;
  readonly pipelines: Pipelines;
  readonly rendezvous: Rendezvous;
  readonly images: ImageStore;
  /** Removes an app's images from the registry. */
  readonly removeImages: (appId: string) => Promise<void>;
  readonly runner: DynoRunner;
  readonly router: Router;
  readonly durations: Durations;
  readonly clock: Clock;
  readonly assumptions: HerokuAssumptions;
  /** The first app's port; later apps get the ports above it. Default: any free port. */
  readonly firstAppPort?: number;
  /** Apps that belong to someone else. */
  readonly foreignApps?: readonly string[];
}

/** @see https://devcenter.heroku.com/articles/platform-api-reference#app (pattern of `name`) */
export const appNamePattern = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;

/** The account that the sandbox's API key belongs to. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly createdAt: string;
}

/** The sandbox's Heroku: one account and its apps. */
export class Platform {
  readonly account: Account;
  readonly pipelines: Pipelines;
  readonly #options: PlatformOptions;
  readonly #apps = new Map<string, App>();

  constructor(options: PlatformOptions) {
    this.#options = options;
    this.pipelines = options.pipelines;
    this.account = { id: uuidOf(options.apiKey), email: 'sandbox@example.com', createdAt: '2026-01-01T00:00:00Z' };
  }

  /** Loads the apps from disk and starts their dynos. */
  async resume(): Promise<void> {
    for (const record of this.#options.store.load()) {
      const app = await this.#open(record);
      await app.resume();
    }
  }

  isKey(key: string): boolean {
    return key === this.#options.apiKey;
  }

  isForeign(name: string): boolean {
    return this.#options.foreignApps?.includes(name) ?? false;
  }

  apps(): App[] {
    return [...this.#apps.values()];
  }

  /** Finds an app by name or ID. */
  findApp(identity: string): App | undefined {
    return this.#apps.get(identity) ?? this.findAppByName(identity);
  }

  findAppByName(name: string): App | undefined {
    return this.apps().find(({ record }) => record.name === name);
  }

  /** Throws the API's 422 if the name is invalid or already in use. */
  async createApp(name: string = generateName(), stack = 'container', region = 'us'): Promise<App> {
    this.assertNameIsFree(name);
    const app = await this.#open(createAppRecord(name, stack, this.#user(), this.#options.clock.timestamp(), region));
    try {
      app.save();
    } catch (error) {
      this.#apps.delete(app.record.id);
      await app.close();
      throw error;
    }
    return app;
  }

  assertNameIsFree(name: string): void {
    if (!appNamePattern.test(name)) {
      throw invalidParamsError(
        'Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.',
      );
    }
    if (this.findApp(name) || this.isForeign(name)) throw invalidParamsError(`Name ${name} is already taken`);
  }

  async deleteApp(app: App): Promise<void> {
    this.#apps.delete(app.record.id);
    this.#options.store.remove(app.record);
    this.pipelines.forgetApp(app.record.id);
    await app.close();
    await this.#options.removeImages(app.record.id);
  }

  async close(): Promise<void> {
    await Promise.all(this.apps().map((app) => app.close()));
  }

  async #open(record: AppRecord): Promise<App> {
    const { images, runner, durations, clock, assumptions, rendezvous, router, store } = this.#options;
    const address = await router.open(record.id, record.port ?? this.#nextPort());
    record.port = address.port;
    const save = (changed: AppRecord) => store.save(changed);
    const user = this.#user();
    const app = new App(record, address, { images, runner, durations, clock, assumptions, rendezvous, user, save });
    this.#apps.set(record.id, app);
    return app;
  }

  #user(): User {
    return { id: this.account.id, email: this.account.email };
  }

  #nextPort(): number | undefined {
    if (this.#options.firstAppPort === undefined) return undefined;
    const usedPorts = new Set(this.apps().map((app) => app.record.port));
    let port = this.#options.firstAppPort;
    while (usedPorts.has(port)) port++;
    return port <= 65_535 ? port : undefined;
  }
}

function generateName(): string {
  return `sandbox-${randomUUID().slice(0, 8)}`;
}
