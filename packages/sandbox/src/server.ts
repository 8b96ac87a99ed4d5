import { mkdtempSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxError } from './errors.ts';
import { type Durations, herokuDurations } from './heroku/durations.ts';
import { ApiError } from './heroku/errors.ts';
import { Journal, type Service } from './journal.ts';
import { listen, type Listening } from './listen.ts';
import { openServices, type Services } from './services.ts';
import { credentialsOf, emptyStateFolder, openStateFolder } from './state-folder.ts';

export interface SandboxOptions {
  /** Where apps, images and variables are kept. Default: a temporary folder that is removed at close. */
  readonly dir?: string;
  /** A port of 127.0.0.1 for each service; 0, the default, is any free one. */
  readonly ports?: Partial<Readonly<Record<Service, number>>>;
  /** Key of the Heroku API and password of the registry. Default: one made up for the state folder. */
  readonly apiKey?: string;
  /** Apps, stack container, that exist once the sandbox has started. */
  readonly apps?: readonly string[];
  /** Names of apps that belong to somebody else (403). */
  readonly foreignApps?: readonly string[];
  /** GitLab projects, `group/name`. Default: `group/project`, with id 1. */
  readonly projects?: readonly string[];
  /** The first app's own port, and those above it for the next. Default: any free one. */
  readonly firstAppPort?: number;
  /** Other durations than Heroku's, in milliseconds. */
  readonly durations?: Partial<Durations>;
}

/** Where each service answers, without a slash at the end: `http://127.0.0.1:PORT`. */
export type SandboxUrls = Readonly<Record<Service, string>>;

/** An app of the sandbox and its own address, `http://127.0.0.1:PORT/`. */
export interface SandboxApp {
  readonly name: string;
  readonly webUrl: string;
}

/** A running sandbox. */
export interface Sandbox extends AsyncDisposable {
  readonly urls: SandboxUrls;
  readonly apiKey: string;
  /** A Maintainer's token with scope `api`. */
  readonly gitlabToken: string;
  /** What a CI job has as CI_JOB_TOKEN. */
  readonly gitlabJobToken: string;
  /** Everything that was asked of the services. */
  readonly journal: Journal;
  /** Makes an app with stack container. Rejects with OPTION_INVALID when the name is taken or not a legal one. */
  createApp(name: string): Promise<SandboxApp>;
  /** An app's own address; undefined when there is no such app. */
  appUrl(name: string): string | undefined;
  apps(): readonly SandboxApp[];
  /** Whether a request or a release is under way. */
  isBusy(): boolean;
  /** Removes all apps, images and variables, and the journal; ports and keys stay. */
  reset(): Promise<void>;
  /** Stops every dyno and frees the ports. */
  close(): Promise<void>;
}

/** Serves some paths of the heroku port itself; false leaves the request to the API. */
export type Intercept = (...exchange: Parameters<RequestListener>) => boolean;

const defaultProjects = ['group/project'];
/** The registry's and its mirror's own limits decide how long a large upload may take. */
const requestTimeouts: Readonly<Record<Service, number>> = { heroku: 60_000, gitlab: 60_000, registry: 0, hub: 0 };

/**
 * Heroku's API, registry.heroku.com, a mirror of Docker Hub's node images and GitLab's API, in this process, on 127.0.0.1.
 * Rejects with PORT_TAKEN, STATE_UNWRITABLE, STATE_FORMAT or OPTION_INVALID.
 */
export async function startSandbox(options: SandboxOptions = {}, intercept: Intercept = () => false): Promise<Sandbox> {
  const folder = openStateFolder(options.dir ?? mkdtempSync(join(tmpdir(), 'tozo-sandbox-')));
  const stored = credentialsOf(folder);
  const credentials = { ...stored, apiKey: options.apiKey ?? stored.apiKey };
  const durations = { ...herokuDurations, ...options.durations };
  const journal = new Journal();
  const open = async (): Promise<Services> => {
    const services = await openServices({
      folder,
      credentials,
      durations,
      onAppRequest: () => journal.touch(),
      ...(options.firstAppPort === undefined ? {} : { firstAppPort: options.firstAppPort }),
      ...(options.foreignApps ? { foreignApps: options.foreignApps } : {}),
    });
    for (const project of options.projects ?? defaultProjects) services.projects.ensure(project);
    return services;
  };
  const discard = () => {
    if (options.dir === undefined) rmSync(folder.dir, { recursive: true, force: true });
  };

  let services: Services;
  const servers: Partial<Record<Service, Listening>> = {};
  const closeServers = () => Promise.all(Object.values(servers).map((server) => server.close()));
  try {
    services = await open();
  } catch (error) {
    discard();
    throw error;
  }
  const createApp = async (name: string): Promise<SandboxApp> => {
    try {
      const app = await services.platform.createApp(name);
      return { name, webUrl: app.address.url };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new SandboxError('OPTION_INVALID', `app ${name}: OPTION_INVALID: ${error.message}`, { cause: error });
    }
  };
  try {
    for (const service of ['heroku', 'registry', 'hub', 'gitlab'] as const) {
      const serve: RequestListener = (request, response) => services.listeners[service](request, response);
      const recorded = journal.record(service, serve);
      servers[service] = await listen(
        (request, response) => {
          if (service !== 'heroku' || !intercept(request, response)) recorded(request, response);
        },
        { purpose: service, port: options.ports?.[service] ?? 0, requestTimeout: requestTimeouts[service] },
      );
    }
    for (const name of options.apps ?? []) if (!services.platform.findApp(name)) await createApp(name);
  } catch (error) {
    await Promise.all([closeServers(), services.close()]);
    discard();
    throw error;
  }

  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= (async () => {
      await Promise.all([closeServers(), services.close()]);
      discard();
    })();
    return closing;
  };
  return {
    urls: Object.fromEntries(Object.entries(servers).map(([service, { url }]) => [service, url])) as SandboxUrls,
    apiKey: credentials.apiKey,
    gitlabToken: credentials.gitlabToken,
    gitlabJobToken: credentials.gitlabJobToken,
    journal,
    createApp,
    appUrl: (name) => services.platform.findApp(name)?.address.url,
    apps: () => services.platform.apps().map(({ record, address }) => ({ name: record.name, webUrl: address.url })),
    isBusy: () => journal.isBusy() || services.platform.apps().some((app) => app.isReleasing()),
    async reset() {
      await services.close();
      emptyStateFolder(folder);
      journal.clear();
      services = await open();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
