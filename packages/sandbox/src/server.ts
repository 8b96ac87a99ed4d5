import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxError } from './errors.ts';
import { Faults } from './faults/faults.ts';
import { type FaultTarget, withFaults } from './faults/strike.ts';
import { herokuDurations } from './heroku/durations.ts';
import { ApiError } from './heroku/errors.ts';
import { Journal, type Service } from './journal.ts';
import { listen, type Listening } from './listen.ts';
import type { Sandbox, SandboxApp, SandboxOptions, SandboxUrls } from './sandbox.ts';
import type { Services } from './services.ts';
import {
  type Credentials,
  credentialsOf,
  emptyStateFolder,
  openStateFolder,
  type StateFolder,
} from './state-folder.ts';

/** Serves some paths of the heroku port itself; false leaves the request to the API. */
export type Intercept = (...exchange: Parameters<RequestListener>) => boolean;

const somebodyElse = { id: '5e1f0c0d-9f7e-4c55-8f3f-2b1a6d0e7c10', email: 'somebody@example.com' };
const defaultProjects = ['group/project'];
/** How long a request may take to arrive; the registry has limits of its own, as an upload may take long. */
const requestTimeouts: Readonly<Record<Service, number>> = { heroku: 60_000, registry: 0, hub: 0, gitlab: 60_000 };

/**
 * Heroku's API, registry.heroku.com, a mirror of Docker Hub's node images and GitLab's API, in this process, on 127.0.0.1.
 *
 * @throws SandboxError PORT_TAKEN, STATE_UNWRITABLE, STATE_FORMAT, STATE_CORRUPT or OPTION_INVALID.
 */
export async function startSandbox(options: SandboxOptions = {}, intercept: Intercept = () => false): Promise<Sandbox> {
  const sandbox = new InProcessSandbox(options);
  try {
    await sandbox.open(intercept);
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  return sandbox;
}

class InProcessSandbox implements Sandbox {
  readonly journal = new Journal();
  readonly faults = new Faults();
  readonly #options: SandboxOptions;
  readonly #folder: StateFolder;
  readonly #credentials: Credentials;
  readonly #servers = new Map<Service, Listening>();
  #services: Services | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.#folder = openStateFolder(options.dir ?? mkdtempSync(join(tmpdir(), 'tozo-sandbox-')));
    const stored = credentialsOf(this.#folder);
    this.#credentials = { ...stored, apiKey: options.apiKey ?? stored.apiKey };
  }

  get urls(): SandboxUrls {
    return Object.fromEntries([...this.#servers].map(([service, { url }]) => [service, url])) as SandboxUrls;
  }

  get apiKey(): string {
    return this.#credentials.apiKey;
  }

  get gitlabToken(): string {
    return this.#credentials.gitlabToken;
  }

  get gitlabJobToken(): string {
    return this.#credentials.gitlabJobToken;
  }

  async open(intercept: Intercept): Promise<void> {
    this.#services = await this.#openServices();
    for (const service of Object.keys(requestTimeouts) as Service[]) {
      const served: RequestListener = (request, response) => {
        this.#opened().listeners[service](request, response);
      };
      const recorded = this.journal.record(service, withFaults(this.faults, service, this.#faultTarget, served));
      const listener: RequestListener = (request, response) => {
        if (service !== 'heroku' || !intercept(request, response)) recorded(request, response);
      };
      const port = this.#options.ports?.[service] ?? 0;
      const server = await listen(listener, { purpose: service, port, requestTimeout: requestTimeouts[service] });
      this.#servers.set(service, server);
    }
    for (const name of this.#options.apps ?? []) if (this.appUrl(name) === undefined) await this.createApp(name);
  }

  async createApp(name: string): Promise<SandboxApp> {
    try {
      const app = await this.#opened().platform.createApp(name);
      return { name, webUrl: app.address.url };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new SandboxError('OPTION_INVALID', `app ${name}: OPTION_INVALID: ${error.message}`, { cause: error });
    }
  }

  appUrl(name: string): string | undefined {
    return this.#opened().platform.findApp(name)?.address.url;
  }

  apps(): readonly SandboxApp[] {
    const apps = this.#opened().platform.apps();
    return apps.map(({ record, address }) => ({ name: record.name, webUrl: address.url }));
  }

  isBusy(): boolean {
    return (
      this.journal.isBusy() ||
      this.#opened()
        .platform.apps()
        .some((app) => app.isReleasing())
    );
  }

  async reset(): Promise<void> {
    await this.#opened().close();
    emptyStateFolder(this.#folder);
    this.journal.clear();
    this.#services = await this.#openServices();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()));
    await this.#services?.close();
    if (this.#options.dir === undefined) rmSync(this.#folder.dir, { recursive: true, force: true });
    const left = this.faults.left().map(({ fault }) => JSON.stringify(fault));
    if (left.length > 0) {
      throw new SandboxError('FAULTS_LEFT', `FAULTS_LEFT: set but never struck, or not as often: ${left.join(', ')}.`);
    }
  }

  async #openServices(): Promise<Services> {
    // The services are loaded here, so that importing the package costs next to nothing.
    const { openServices, defaultAssumptions } = await import('./services.ts');
    const { durations, assumptions, projects = defaultProjects, ...options } = this.#options;
    const services = await openServices({
      ...options,
      folder: this.#folder,
      credentials: this.#credentials,
      durations: { ...herokuDurations, ...durations },
      assumptions: { ...defaultAssumptions, ...assumptions },
      onAppRequest: () => this.journal.touch(),
    });
    for (const project of projects) services.projects.ensure(project);
    return services;
  }

  readonly #faultTarget: FaultTarget = {
    otherRelease: async (app) => {
      await this.#opened().platform.findApp(app)?.patchConfigVars({ SLIPPED_IN: randomUUID() }, somebodyElse);
    },
    holdRelease: (app, reads, outcome) => this.#opened().platform.findApp(app)?.held.holdNext(reads, outcome),
  };

  #opened(): Services {
    if (!this.#services) throw new Error('The sandbox has not been opened.');
    return this.#services;
  }
}
