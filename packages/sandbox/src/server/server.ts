import { rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { type Addresses, openAddresses } from './addresses.ts';
import { SandboxError } from '../errors/sandbox-error.ts';
import { Faults } from '../faults/faults.ts';
import { type JobDeployment, recordJobDeployment } from '../gitlab/job-deployment.ts';
import { createFaultTarget } from './fault-target.ts';
import { assertFired } from '../faults/assert-fired.ts';
import { withFaults } from '../faults/apply-faults.ts';
import { herokuDurations } from '../heroku/durations.ts';
import { ApiError } from '../heroku/errors.ts';
import { send } from '../http/exchange.ts';
import { assertPortFree } from '../http/listen.ts';
import { foreignOriginProblem } from '../http/own-origin.ts';
import { Journal, type Service } from '../journal/journal.ts';
import type { Lock } from '../process/lock.ts';
import { type LocalCertificate, localCertificate } from '../tls/local-certificate.ts';
import { StoredTime } from '../time/sandbox-time.ts';
import { realNames } from '../tls/real-names.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';
import type { Sandbox, SandboxApp, SandboxOptions, SandboxUrls } from './sandbox.ts';
import type { Services } from './services.ts';
import { allServices, realNamesOf } from './service-names.ts';
import { lockStateDirectory } from './state-lock.ts';
import { makeTemporaryDirectory } from '../state/temporary-directory.ts';
import {
  type Credentials,
  loadCredentials,
  clearStateDirectory,
  openStateDirectory,
  type StateDirectory,
} from '../state/state-directory.ts';

/** Handles some requests to the heroku port. Returns false to leave a request to the API. */
export type Intercept = (...exchange: Parameters<RequestListener>) => boolean;

const defaultProjects = ['group/project'];

/**
 * Starts Heroku's API, registry.heroku.com, a mirror of Docker Hub's node images and GitLab's API, in this process, on
 * 127.0.0.1.
 *
 * @throws SandboxError PORT_TAKEN, STATE_UNWRITABLE, STATE_FORMAT, STATE_CORRUPT, STATE_IN_USE or OPTION_INVALID.
 */
export function startSandbox<const S extends Service = Service>(
  options: SandboxOptions<S> & { readonly tls: true | { readonly port?: number } },
): Promise<Sandbox<S> & { readonly tls: SandboxTls<S> }>;
export function startSandbox<const S extends Service = Service>(
  options?: SandboxOptions<S>,
  intercept?: Intercept,
): Promise<Sandbox<S>>;
export async function startSandbox<const S extends Service>(
  options: SandboxOptions<S> = {},
  intercept: Intercept = () => false,
): Promise<Sandbox<S>> {
  // Loaded on demand to keep the import of this package cheap.
  (await import('./options.ts')).assertSandboxOptions(options);
  const sandbox = new InProcessSandbox(options);
  try {
    await sandbox.open(intercept);
  } catch (error) {
    await sandbox.close();
    throw error;
  }
  return sandbox;
}

class InProcessSandbox<S extends Service> implements Sandbox<S> {
  readonly journal: Journal;
  readonly faults = new Faults();
  readonly time: StoredTime;
  readonly #options: SandboxOptions<S>;
  readonly #directory: StateDirectory;
  readonly #lock: Lock;
  readonly #credentials: Credentials;
  readonly #certificate: LocalCertificate;
  #services: Services | undefined;
  #addresses: Addresses<S> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SandboxOptions<S>) {
    this.#options = options;
    this.#directory = openStateDirectory(options.dir ?? makeTemporaryDirectory('tozo-sandbox-'));
    this.#lock = lockStateDirectory(this.#directory.dir);
    try {
      this.time = new StoredTime(this.#directory.dir);
      const stored = loadCredentials(this.#directory);
      this.#credentials = { ...stored, apiKey: options.apiKey ?? stored.apiKey };
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    this.#certificate = localCertificate(realNamesOf(options.services), this.caFile);
    this.journal = new Journal(Object.values(this.#credentials));
  }

  get urls(): SandboxUrls<S> {
    return assertOpen(this.#addresses).urls;
  }

  get tls(): SandboxTls<S> | undefined {
    return assertOpen(this.#addresses).tls;
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

  get caFile(): string {
    return join(this.#directory.dir, 'ca.pem');
  }

  async open(intercept: Intercept): Promise<void> {
    const { seed, time = seed?.time } = this.#options;
    if (time !== undefined) await this.time.start(time);
    const { firstAppPort } = this.#options;
    if (firstAppPort !== undefined) await assertPortFree({ port: firstAppPort, purpose: 'the first app' });
    this.#services = await this.#openServices();
    const { services = allServices as readonly S[], ports, tls, durations } = this.#options;
    // Also in plain mode: clients read the file before an attached one-off dyno needs it.
    this.#certificate();
    const listeners = services.map((service) => [service, this.#listener(service, intercept)] as const);
    this.#addresses = await openAddresses(new Map(listeners), {
      ...(ports && { ports }),
      headTimeout: durations?.requestHead,
      ...(tls && {
        tls: { port: tls === true ? 0 : (tls.port ?? 0), caFile: this.caFile, certificate: this.#certificate },
      }),
    });
    if (seed) await (await import('../seed/apply-seed.ts')).applySeed(seed, this.#services, this.#directory.dir);
    for (const name of this.#options.apps ?? []) if (this.appUrl(name) === undefined) await this.createApp(name);
  }

  #listener(service: Service, intercept: Intercept): RequestListener {
    const served: RequestListener = (request, response) => {
      this.#openedServices().listeners[service](request, response);
    };
    const target = createFaultTarget(() => this.#openedServices(), this.journal);
    const recorded = this.journal.record(service, withFaults(this.faults, service, target, served));
    return (request, response) => {
      const problem = foreignOriginProblem(request, realNames[service]);
      if (problem !== undefined) return refuse(request, response, `Refused: ${problem}.`);
      if (service !== 'heroku' || !intercept(request, response)) recorded(request, response);
    };
  }

  recordJobDeployment(deployment: JobDeployment): void {
    recordJobDeployment(this.#openedServices().projects, deployment);
  }

  async createApp(name: string): Promise<SandboxApp> {
    try {
      const app = await this.#openedServices().platform.createApp(name);
      return { name, webUrl: app.address.url };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new SandboxError('OPTION_INVALID', `app ${name}: OPTION_INVALID: ${error.message}`, { cause: error });
    }
  }

  appUrl(name: string): string | undefined {
    return this.#openedServices().platform.findApp(name)?.address.url;
  }

  apps(): readonly SandboxApp[] {
    const apps = this.#openedServices().platform.apps();
    return apps.map(({ record, address }) => ({ name: record.name, webUrl: address.url }));
  }

  isBusy(): boolean {
    return (
      this.journal.isBusy() ||
      this.#openedServices()
        .platform.apps()
        .some((app) => app.isReleasing())
    );
  }

  async reset(): Promise<void> {
    await this.#openedServices().close();
    clearStateDirectory(this.#directory);
    this.time.restart();
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
    try {
      await this.#addresses?.close();
      await this.#services?.close();
    } finally {
      this.#lock.release();
      if (this.#options.dir === undefined) rmSync(this.#directory.dir, { recursive: true, force: true });
    }
    assertFired(this.faults);
  }

  async #openServices(): Promise<Services> {
    // Loaded on demand to keep the import of this package cheap.
    const { openServices, defaultAssumptions } = await import('./services.ts');
    const { durations, assumptions, projects = defaultProjects, ...options } = this.#options;
    const services = await openServices({
      ...options,
      directory: this.#directory,
      credentials: this.#credentials,
      certificate: this.#certificate,
      durations: { ...herokuDurations, ...durations },
      clock: this.time.clock,
      assumptions: { ...defaultAssumptions, ...assumptions },
      onAppRequest: () => this.journal.touch(),
    });
    for (const project of projects) services.projects.ensure(project);
    return services;
  }

  #openedServices(): Services {
    return assertOpen(this.#services);
  }
}

function refuse(...[request, response, message]: [...Parameters<RequestListener>, string]): void {
  request.resume();
  send(response, { status: 403, body: { id: 'forbidden', message } });
}

function assertOpen<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("The sandbox isn't open.");
  return part;
}
