import { callError } from './errors.ts';
import { releaseImages } from './releases/release-images.ts';
import { releaseOutput, type ReleaseOutputOptions } from './releases/release-output.ts';
import { type ReleasesResource, releasesResource } from './releases/releases.ts';
import { rollBack } from './releases/roll-back.ts';
import type { SafeReleases } from './releases/safe-releases.ts';
import { setConfigVars } from './releases/set-config-vars.ts';
import { type AccountResource, accountResource } from './resources/account.ts';
import { getAppPage, type PageOptions } from './resources/app-page.ts';
import { type AppsResource, appsResource } from './resources/apps.ts';
import { type ConfigVarsResource, configVarsResource } from './resources/config-vars.ts';
import { type DynosResource, dynosResource } from './resources/dynos.ts';
import { type FeaturesResource, featuresResource } from './resources/features.ts';
import { type FormationResource, formationResource } from './resources/formation.ts';
import { type LogsResource, logsResource } from './resources/logs.ts';
import { type RateLimitResource, rateLimitResource } from './resources/rate-limit.ts';
import { type RawRequest, type RawResponse, sendRawRequest } from './resources/raw-request.ts';
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
import { type Dispatcher, type HttpResponse, openConnections } from './transport/undici.ts';
import { insecureTls, warnings } from './transport/warnings.ts';

export interface HerokuClientOptions {
  /** From `heroku authorizations:create`. Sent in the `Authorization` header only. */
  readonly apiKey: string | undefined;
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
  readonly rateLimit: RateLimitResource;
  readonly apps: AppsResource;
  readonly features: FeaturesResource;
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
  /**
   * Sends a request that no other method covers, with the same retries, errors and redaction. A GET is retried; a lost
   * response of any other method is an error, after which it may have happened.
   */
  request(request: RawRequest): Promise<RawResponse>;
  /**
   * Requests a page of an app, as a visitor would: without the API key and without retries, through the proxy if there is
   * one. Redirects are returned, not followed. Discard the body or read it.
   */
  getAppPage(url: URL, options?: PageOptions): Promise<HttpResponse>;
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
    pacing(clock, onWarning),
    warnings(onWarning, redact),
    insecureTls(onWarning),
    authorization(key),
  ]);
  const api = createApi({ baseUrl, userAgent, send, redact, clock });
  const configVars = configVarsResource(api);
  const formation = formationResource(api, clock);
  const releases = releasesResource(api, clock);
  return {
    account: accountResource(api),
    rateLimit: rateLimitResource(api),
    apps: appsResource(api, clock),
    features: featuresResource(api),
    configVars,
    formation,
    releases,
    dynos: dynosResource(api),
    logs: logsResource(api, connections, clock, userAgent),
    releaseImages: releaseImages(api, releases, clock),
    setConfigVars: setConfigVars(configVars, releases, clock),
    rollback: rollBack(releases, clock),
    request: (request) => sendRawRequest(api, request),
    releaseOutput: (url, outputOptions) => releaseOutput(connections, clock, userAgent, url, outputOptions),
    getAppPage: (url, pageOptions) => getAppPage(connections, userAgent, url, pageOptions),
    close: () => connections.close(),
  };
}

function emitProcessWarning(text: string): void {
  process.emitWarning(text, 'HerokuWarning');
}
