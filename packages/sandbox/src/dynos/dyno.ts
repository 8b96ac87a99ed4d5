/** What a dyno is started from: an image that lies in the sandbox's registry, and how Heroku would run it. */
export interface DynoSpec {
  readonly app: string;
  /** `web.1`, `worker.2`, `release.1`. */
  readonly name: string;
  /** `APP/TYPE` in the registry, and the digest of the image's config. */
  readonly image: { readonly repository: string; readonly imageId: string };
  /** Overrides the image's Cmd, as the formation's `command` does. */
  readonly command?: readonly string[];
  /** The app's config vars; they win over the image's Env. */
  readonly configVars: Readonly<Record<string, string>>;
  /** Given as $PORT; only web dynos get one. */
  readonly port?: number;
  readonly releaseVersion: number;
  /** Called for each line of stdout and stderr, without its newline. */
  readonly onOutput: (line: string) => void;
  /** Its memory quota; a runner that cannot tell a dyno's memory leaves it out of account. */
  readonly memoryMb?: number;
  /** Called with what the platform has to say of the running dyno, R14 for one, as its log writes it. */
  readonly onNotice?: (line: string) => void;
}

export interface DynoExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running process. */
export interface Dyno {
  readonly pid: number;
  readonly exited: Promise<DynoExit>;
  /** SIGTERM, then SIGKILL after the grace period; resolves once the process is gone. */
  stop(): Promise<void>;
}

/** Starts processes from pushed images. Rejects when the image cannot be unpacked or its command does not exist. */
export interface DynoRunner {
  start(spec: DynoSpec): Promise<Dyno>;
  /** Removes unpacked images that no dyno uses any more. */
  close(): Promise<void>;
}

/** What a dyno is on this machine. */
export type DynoKind = 'process' | 'docker';
