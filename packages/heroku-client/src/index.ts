export { createHerokuClient, type HerokuClient, type HerokuClientOptions } from './client.ts';
export { HerokuError, type HerokuErrorCode, type HerokuErrorDetails } from './errors.ts';
export { createRedactor, type RedactedStream, type Redactor, type RedactorOptions } from './redaction/redactor.ts';
export { parseReleaseDescription, type ReleaseDescription, shortImageId } from './releases/release-description.ts';
export type { ReleaseOutputOptions } from './releases/release-output.ts';
export type { FinalStatus, FinishedRelease, WaitOptions } from './releases/release-wait.ts';
export type { Release } from './releases/release.ts';
export type { ListReleasesOptions, ReleasesResource } from './releases/releases.ts';
export type {
  ConfigVarsOutcome,
  NewestKnownOptions,
  Released,
  ReleaseImagesOptions,
  ReleaseOutcome,
  RollbackOutcome,
  SafeReleases,
  Superseded,
} from './releases/safe-releases.ts';
export type { Account, AccountResource } from './resources/account.ts';
export type { PageOptions } from './resources/app-page.ts';
export type { App, AppsResource, NewApp } from './resources/apps.ts';
export type { ConfigVarsResource } from './resources/config-vars.ts';
export type { Dyno, DynosResource } from './resources/dynos.ts';
export type { AppFeature, FeaturesResource } from './resources/features.ts';
export type { FormationUpdate } from './resources/formation-update.ts';
export type { FormationResource } from './resources/formation.ts';
export type { LogFilter } from './resources/log-session.ts';
export type { LogsResource, RecentLogOptions, TailLogOptions } from './resources/logs.ts';
export type { ProcessType } from './resources/process-types.ts';
export type { RateLimit, RateLimitResource } from './resources/rate-limit.ts';
export type { RawRequest, RawResponse } from './resources/raw-request.ts';
export type { RequestOptions } from './resources/request-options.ts';
export { Secret } from './secret.ts';
export type { Clock } from './transport/clock.ts';
export type { HttpResponse } from './transport/undici.ts';
export { assertMayReceiveApiKey, mayReceiveApiKey } from './transport/host.ts';
