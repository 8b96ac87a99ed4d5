import {
  type AppStatus,
  connectServices,
  deploy,
  type DeployEvent,
  type DeployReport,
  type DeployRequest,
  loadConfig,
  readStatus,
  resolveValues,
  Secret,
  selectEnvironment,
  type Services,
} from '@tozo/deploy';
import { createHerokuClient } from '@tozo/heroku-client';
import type { SandboxConnection } from '@tozo/sandbox';
import { fastClock } from './fast-clock.ts';

export interface Deployed {
  readonly report: DeployReport;
  /** Printed by the release phase and the dynos. */
  readonly output: string;
  readonly events: readonly DeployEvent[];
}

export interface DeployOnceOptions extends Partial<DeployRequest> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: DeployEvent) => void;
}

/**
 * Deploys a project to an app of a sandbox, in this process and without the pauses between polls. With an `environment`, its
 * part of deploy.json applies.
 */
export async function deployOnce(
  directory: string,
  app: string,
  sandbox: Pick<SandboxConnection, 'urls' | 'apiKey'>,
  { signal, onEvent, ...request }: DeployOnceOptions = {},
): Promise<Deployed> {
  const loaded = await loadConfig(directory);
  const { environment } = request;
  const config = environment === undefined ? loaded : selectEnvironment(loaded, environment, 'sandbox');
  const services = servicesOf(sandbox);
  const events: DeployEvent[] = [];
  const report = await deploy(
    {
      directory,
      config,
      values: resolveValues(config, {}),
      app,
      target: { kind: 'sandbox', text: 'sandbox' },
      builder: 'direct',
      ...request,
    },
    services,
    (event) => {
      events.push(event);
      onEvent?.(event);
    },
    signal,
  ).finally(() => services.close());
  return { report, output: events.map((event) => ('line' in event ? event.line : '')).join('\n'), events };
}

/** Reads the status of an app with all its releases, as `tozo status --history` does. */
export async function readStatusOnce(
  directory: string,
  app: string,
  sandbox: Pick<SandboxConnection, 'urls' | 'apiKey'>,
): Promise<AppStatus> {
  const config = await loadConfig(directory);
  const services = servicesOf(sandbox);
  const request = { app, target: { kind: 'sandbox', text: 'sandbox' }, config, env: {}, history: true } as const;
  return readStatus(request, services).finally(() => services.close());
}

function servicesOf({ urls, apiKey }: Pick<SandboxConnection, 'urls' | 'apiKey'>): Services {
  const addresses = { apiUrl: urls.heroku, registryUrl: urls.registry, hubUrl: urls.hub };
  const connected = connectServices({ apiKey: new Secret(apiKey), ...addresses });
  const heroku = createHerokuClient({ apiKey, baseUrl: urls.heroku, clock: fastClock, onWarning: () => undefined });
  return { ...connected, heroku, close: async () => void (await Promise.all([heroku.close(), connected.close()])) };
}
