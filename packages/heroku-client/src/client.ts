import { type Clock, systemClock } from './clock.ts';
import { callError } from './errors.ts';
import { trustedBaseUrl } from './host.ts';
import { type LogsResource, logsResource } from './logs.ts';
import { releaseOutput, type ReleaseOutputOptions } from './release-output.ts';
import { type AccountResource, accountResource } from './resources/account.ts';
import { type AppsResource, appsResource } from './resources/apps.ts';
import { type ConfigVarsResource, configVarsResource } from './resources/config-vars.ts';
import { type DynosResource, dynosResource } from './resources/dynos.ts';
import { type FormationResource, formationResource } from './resources/formation.ts';
import { type ReleasesResource, releasesResource } from './resources/releases.ts';
import { type SafeReleases, safeReleases } from './safe-releases.ts';
import { createApi } from './transport/api.ts';
import { authorization, parseApiKey } from './transport/api-key.ts';
import { httpSend } from './transport/http.ts';
import { pacing } from './transport/pacing.ts';
import { redactApiKey } from './transport/redact.ts';
import { refusals } from './transport/refusals.ts';
import { retrying } from './transport/retrying.ts';
import { compose } from './transport/send.ts';
import { type Dispatcher, openConnections } from './transport/undici.ts';
import { warnings } from './transport/warnings.ts';

export interface HerokuClientOptions {
  /** Made by `heroku authorizations:create`. It leaves this object in the `Authorization` header only. */
  readonly apiKey: string;
  /** Default `https://api.heroku.com`. Any host but that and this machine must be allowed by name. */
  readonly baseUrl?: string;
  /** A further host, `host` or `host:port` as in `baseUrl`, that may be handed the key. */
  readonly allowHost?: string;
  /** Default `@tozo/heroku-client`. */
  readonly userAgent?: string;
  /** Told once about each of Heroku's warnings, and about long waits. Default: a Node.js process warning. */
  readonly onWarning?: (text: string) => void;
  /** Milliseconds for one try of one request, its whole answer included. Default 30,000. */
  readonly timeout?: number;
  /** Sends all requests instead of connections of the client's own, which honour HTTPS_PROXY and NO_PROXY. */
  readonly dispatcher?: Dispatcher;
  /** For tests. */
  readonly clock?: Clock;
}

/**
 * The Heroku Platform API, as far as container apps need it. Every method fails with a HerokuError; those that take a
 * `signal` end with ABORTED when it aborts.
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
   * The output of a release phase, line by line, from a release's `outputStreamUrl`, until it ends or the signal aborts. It
   * tells nothing about the release's status: `releases.waitFor` does.
   */
  releaseOutput(url: string, options: ReleaseOutputOptions): AsyncIterable<string>;
  /** Closes the connections, once nothing is under way. Open ones do not keep the process alive. */
  close(): Promise<void>;
}

/**
 * Makes a client. Nothing is sent yet.
 * @throws HerokuError OPTIONS_INVALID, HOST_REFUSED
 */
export function createHerokuClient(options: HerokuClientOptions): HerokuClient {
  const { userAgent = '@tozo/heroku-client', timeout = 30_000, clock = systemClock, onWarning = warnProcess } = options;
  const key = parseApiKey(options.apiKey);
  const baseUrl = trustedBaseUrl(options.baseUrl ?? 'https://api.heroku.com', options.allowHost);
  if (!(Number.isFinite(timeout) && timeout > 0))
    throw callError(`timeout must be milliseconds above 0, not ${timeout}.`);
  if (!/^[\x20-\x7e]+$/.test(userAgent)) throw callError('userAgent must be printable ASCII.');

  const connections = openConnections(options.dispatcher);
  const redact = redactApiKey(key);
  const send = compose(httpSend(connections, clock, timeout), [
    refusals(redact),
    retrying(clock, onWarning),
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

function warnProcess(text: string): void {
  process.emitWarning(text, 'HerokuWarning');
}
