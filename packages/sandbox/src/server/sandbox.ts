import type { Assumptions } from './assumptions.ts';
import type { Faults } from '../faults/faults.ts';
import type { DynoKind } from '../dynos/dyno.ts';
import type { Durations } from '../heroku/durations.ts';
import type { Journal, Service } from '../journal/journal.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';

export interface SandboxOptions<S extends Service = Service> {
  /** Which of the four have an address. Default: all. */
  readonly services?: readonly S[];
  /** Where apps, images and variables are kept. Default: a temporary folder that is removed at close. */
  readonly dir?: string;
  /** A port of 127.0.0.1 for each service; 0, the default, is any free one. */
  readonly ports?: Partial<Readonly<Record<NoInfer<S>, number>>>;
  /** One more port of 127.0.0.1 where all services answer by TLS under their real names; any free one unless named. */
  readonly tls?: boolean | { readonly port?: number };
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
  /** Folders in OCI image layout by Docker Hub repository, `library/node`, that its mirror serves instead of the stand-in. */
  readonly baseImages?: Readonly<Record<string, string>>;
  /** Whether Docker Hub's mirror asks for a token, which anyone gets, as Docker Hub does. Default: false. */
  readonly hubTokens?: boolean;
  /** Requests an hour and key before the Heroku API answers 429. Default 4,500. */
  readonly requestsPerHour?: number;
  /** What is assumed of the platforms where their documents are silent. */
  readonly assumptions?: Partial<Assumptions>;
  /**
   * Dynos as processes of this machine, or as containers of the Docker Engine on it, at DOCKER_HOST or the default socket.
   * Default: `process`.
   */
  readonly dynos?: DynoKind;
  /** Memory quota of each dyno that is a container, in MB. Default: its size's, 512 for Basic. */
  readonly dynoMemoryMb?: number;
  /** Other durations than Heroku's, in milliseconds. */
  readonly durations?: Partial<Durations>;
}

/** Where each service answers, without a slash at the end: `http://127.0.0.1:PORT`. */
export type SandboxUrls<S extends Service = Service> = Readonly<Record<S, string>>;

/** An app of the sandbox and its own address, `http://127.0.0.1:PORT/`. */
export interface SandboxApp {
  readonly name: string;
  readonly webUrl: string;
}

/** A running sandbox. */
export interface Sandbox<S extends Service = Service> extends AsyncDisposable {
  readonly urls: SandboxUrls<S>;
  /** Undefined unless option `tls` asks for it. */
  readonly tls: SandboxTls<S> | undefined;
  readonly apiKey: string;
  /** A Maintainer's token with scope `api`. */
  readonly gitlabToken: string;
  /** What a CI job has as CI_JOB_TOKEN. */
  readonly gitlabJobToken: string;
  /** Everything that was asked of the services. */
  readonly journal: Journal;
  /** What shall go wrong. */
  readonly faults: Faults;
  /** Makes an app with stack container. Rejects with OPTION_INVALID when the name is taken or not a legal one. */
  createApp(name: string): Promise<SandboxApp>;
  /** An app's own address; undefined when there is no such app. */
  appUrl(name: string): string | undefined;
  apps(): readonly SandboxApp[];
  /** Whether a request or a release is under way. */
  isBusy(): boolean;
  /** Removes all apps, images and variables, and the journal; ports, keys and faults stay. */
  reset(): Promise<void>;
  /** Stops every dyno and frees the ports. Rejects with FAULTS_LEFT, after that, when a fault has not struck. */
  close(): Promise<void>;
}
