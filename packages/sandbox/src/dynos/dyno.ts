import type { Readable } from 'node:stream';

/** What a dyno starts from: an image in the sandbox's registry, and how Heroku would run it. */
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
  /** The value of $PORT, for web dynos only. */
  readonly port?: number;
  readonly releaseVersion: number;
  /** Called for each line of stdout and stderr, without its newline. */
  readonly onOutput: (line: string) => void;
  /** Called with the bytes of stdout and stderr as they come. */
  readonly onBytes?: (bytes: Buffer) => void;
  /** The process's standard input. Default: empty. Containers don't read it. */
  readonly input?: Readable;
  /** The memory quota; ignored by runners that can't measure memory. */
  readonly memoryMb?: number;
  /** Called with the platform's own log lines about the running dyno, such as R14. */
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
  /** Sends SIGTERM, then SIGKILL after the grace period. Resolves when the process has ended. */
  stop(): Promise<void>;
  /** Sends SIGKILL. */
  kill(): void;
}

/** Starts processes from pushed images. Rejects if the image can't be unpacked or its command doesn't exist. */
export interface DynoRunner {
  start(spec: DynoSpec): Promise<Dyno>;
  /** Kills all running dynos, without a grace period. */
  kill(): void;
  /** Removes unpacked images that no dyno uses. */
  close(): Promise<void>;
}

/** How dynos run on this machine. */
export type DynoKind = 'process' | 'docker';
