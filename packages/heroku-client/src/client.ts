import { callError } from './errors.ts';
import { releaseOutput, type ReleaseOutputOptions } from './releases/release-output.ts';
import { type ReleasesResource, releasesResource } from './releases/releases.ts';
import { type SafeReleases, safeReleases } from './releases/safe-releases.ts';
import { type AccountResource, accountResource } from './resources/account.ts';
import { type AppsResource, appsResource } from './resources/apps.ts';
import { type ConfigVarsResource, configVarsResource } from './resources/config-vars.ts';
import { type DynosResource, dynosResource } from './resources/dynos.ts';
import { type FormationResource, formationResource } from './resources/formation.ts';
import { type LogsResource, logsResource } from './resources/logs.ts';
import { authorization, parseApiKey } from './transport/api-key.ts';
import { createApi } from './transport/api.ts';
import { type Clock, systemClock } from './transport/clock.ts';
import { parseBaseUrl } from './transport/host.ts';
import { httpSend } from './transport/http.ts';
import { pacing } from './transport/pacing.ts';
import { redactApiKey } from './transport/redact.ts';
import { rejections } from './transport/rejections.ts';
import { retries } from './transport/retries.ts';
import { compose } from './transport/send.ts';
import { type Dispatcher, openConnections } from './transport/undici.ts';
import { warnings } from './transport/warnings.ts';

export interface HerokuClientOptions {
  /** From `heroku authorizations:create`. Sent in the `Authorization` header only. */
  readonly apiKey: string;
  /** Default `https://api.heroku.com`. A host other than Heroku's or this machine needs `allowHost`. */
  readonly baseUrl?: string;
  /** Another host that may receive the key: `host` or `host:port`, as in `baseUrl`. */
  readonly allowHost?: string;
  /** Default `@tozo/heroku-client`. */
  readonly userAgent?: string;
  /** Receives each of Heroku's warnings once, and a message about each long wait. Default: a Node.js process warning. */
  readonly onWarning?: (text: string) => void;
  /** Milliseconds for one attempt of one request, including its whole response. Default 30,000. */
  readonly timeout?: number;
  /** Sends all requests, instead of the client's own connections, which follow HTTPS_PROXY and NO_PROXY. */
  readonly dispatcher?: Dispatcher;
  /** For tests. */
  readonly clock?: Clock;
}

/**
 * The Heroku Platform API, as far as container apps need it. Every method throws HerokuErrors; those with a `signal` throw
 * ABORTED when it aborts.
 */
export interface HerokuClient extends SafeReleases {
  readonly account: AccountResource;
  readonly apps: AppsResource;
  readonly configVars: ConfigVarsResource;
  readonly formation: FormationResource;
  readonly releases: ReleasesResource;
  readonly dynos: DynosResource;
  readonly logs: LogsResource;
  /**
   * Reads the output of a release phase, line by line, from a release's `outputStreamUrl`, until it ends or the signal
   * aborts. Its end doesn't say whether the release succeeded: see `releases.waitFor`.
   */
  releaseOutput(url: string, options: ReleaseOutputOptions): AsyncIterable<string>;
  /** Waits for requests in progress, then closes the connections. Open ones don't keep the process alive. */
  close(): Promise<void>;
}

/**
 * Creates a client. Sends nothing.
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED
 */
export function createHerokuClient(options: HerokuClientOptions): HerokuClient {
  const {
    userAgent = '@tozo/heroku-client',
    timeout = 30_000,
    clock = systemClock,
    onWarning = emitProcessWarning,
  } = options;
  const key = parseApiKey(options.apiKey);
  const baseUrl = parseBaseUrl(options.baseUrl ?? 'https://api.heroku.com', options.allowHost);
  if (!(Number.isFinite(timeout) && timeout > 0))
    throw callError(`timeout must be a number of milliseconds above 0, not ${timeout}.`);
  if (!/^[\x20-\x7e]+$/.test(userAgent)) throw callError('userAgent must be printable ASCII.');

  const connections = openConnections(options.dispatcher);
  const redact = redactApiKey(key);
  const send = compose(httpSend(connections, clock, timeout), [
    rejections(redact),
    retries(clock, onWarning),
    pacing(clock),
    warnings(onWarning),
    authorization(key),
  ]);
  const api = createApi({ baseUrl, userAgent, send, redact });
  const formation = formationResource(api);
  const releases = releasesResource(api, clock);
  return {
    account: accountResource(api),
    apps: appsResource(api),
    configVars: configVarsResource(api),
    formation,
    releases,
    dynos: dynosResource(api),
    logs: logsResource(api, connections, userAgent),
    ...safeReleases(formation, releases, clock),
    releaseOutput: (url, outputOptions) => releaseOutput(connections, clock, userAgent, url, outputOptions),
    close: () => connections.close(),
  };
}

function emitProcessWarning(text: string): void {
  process.emitWarning(text, 'HerokuWarning');
}
