import type { Assumptions } from './assumptions.ts';
import type { Faults } from '../faults/faults.ts';
import type { MoreAccess } from '../gitlab/access.ts';
import type { JobDeployment } from '../gitlab/job-deployment.ts';
import type { DynoKind } from '../dynos/dyno.ts';
import type { Durations } from '../heroku/durations.ts';
import type { Journal, Service } from '../journal/journal.ts';
import type { Seed } from '../seed/seed.ts';
import type { SandboxTime } from '../time/sandbox-time.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';

export interface SandboxOptions<S extends Service = Service> {
  /** The services to serve. Default: all. */
  readonly services?: readonly S[];
  /** Stores apps, images and variables. Default: a temporary directory that is removed on close. */
  readonly dir?: string;
  /** The services' ports on 127.0.0.1. Default: 0, any free one. */
  readonly ports?: Partial<Readonly<Record<NoInfer<S>, number>>>;
  /** Also serves all services over TLS under their real host names, on this port of 127.0.0.1 or any free one. */
  readonly tls?: boolean | { readonly port?: number };
  /** The Heroku API key, also the registry's password. Default: one generated for the state directory. */
  readonly apiKey?: string;
  /** Apps with the stack `container` that exist from the start. */
  readonly apps?: readonly string[];
  /** Apps with config vars and projects with variables that exist from the start. */
  readonly seed?: Seed;
  /** Names of apps that belong to someone else (403). */
  readonly foreignApps?: readonly string[];
  /** GitLab projects, `group/name`. Default: `group/project`, with id 1. */
  readonly projects?: readonly string[];
  /** More tokens for GitLab's API, with roles, scopes or permissions, and the permissions of job tokens. */
  readonly gitlab?: MoreAccess;
  /** The port of the first app; later apps get the ports above it. Default: any free one. */
  readonly firstAppPort?: number;
  /** OCI image layout directories by Docker Hub repository, such as `library/node`, served in place of the stand-in. */
  readonly baseImages?: Readonly<Record<string, string>>;
  /** Whether the Docker Hub mirror requires a token, which anyone can get, as Docker Hub does. Default: false. */
  readonly hubTokens?: boolean;
  /** The number of requests per hour and key before the Heroku API responds with 429. Default: 4,500. */
  readonly requestsPerHour?: number;
  /** What to assume about the platforms where their documentation is silent. */
  readonly assumptions?: Partial<Assumptions>;
  /**
   * Runs dynos as processes, or as containers in the local Docker Engine (DOCKER_HOST or the default socket).
   * Default: `process`.
   */
  readonly dynos?: DynoKind;
  /** The memory quota of a dyno in a container, in MB. Default: that of its size, 512 for Basic. */
  readonly dynoMemoryMb?: number;
  /**
   * The time at the first start, in ISO format, such as `2027-01-31T12:00:00Z`; not before the machine's. A state directory
   * whose time was moved before keeps that. Default: the machine's time.
   */
  readonly time?: string;
  /** Durations that differ from Heroku's, in milliseconds. */
  readonly durations?: Partial<Durations>;
}

/** Each service's URL without a trailing slash, `http://127.0.0.1:PORT`. */
export type SandboxUrls<S extends Service = Service> = Readonly<Record<S, string>>;

/** An app of the sandbox and its URL, `http://127.0.0.1:PORT/`. */
export interface SandboxApp {
  readonly name: string;
  readonly webUrl: string;
}

/** A running sandbox. */
export interface Sandbox<S extends Service = Service> extends AsyncDisposable {
  readonly urls: SandboxUrls<S>;
  /** Undefined without the option `tls`. */
  readonly tls: SandboxTls<S> | undefined;
  /** A PEM file with the authority of the TLS ports, which exist with the option `tls` and for attached one-off dynos. */
  readonly caFile: string;
  readonly apiKey: string;
  /** A Maintainer's token with the scope `api`. */
  readonly gitlabToken: string;
  /** A CI job's CI_JOB_TOKEN. */
  readonly gitlabJobToken: string;
  /** All requests to the services. */
  readonly journal: Journal;
  /** The time of the platforms, which can be moved forward. */
  readonly time: SandboxTime;
  /** The injected failures. */
  readonly faults: Faults;
  /** Creates an app with the stack `container`. Rejects with OPTION_INVALID if the name is in use or invalid. */
  createApp(name: string): Promise<SandboxApp>;
  /** Records a deployment in GitLab, as GitLab itself does for a job with an environment. Replaces that of the same job. */
  recordJobDeployment(deployment: JobDeployment): void;
  /** Returns an app's URL, or undefined if it doesn't exist. */
  appUrl(name: string): string | undefined;
  apps(): readonly SandboxApp[];
  /** Returns whether a request or a release is in progress. */
  isBusy(): boolean;
  /** Removes all apps, images, variables and the journal, and returns to the machine's time; keeps ports, keys and faults. */
  reset(): Promise<void>;
  /** Stops all dynos and frees the ports. Then rejects with FAULTS_LEFT if a fault hasn't fired. */
  close(): Promise<void>;
}
