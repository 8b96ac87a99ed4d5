/** Where an instruction stands, and how it is written on one line. */
export interface Written {
  /** 1-based line of its first word. */
  readonly line: number;
  /** The instruction as written, continued lines joined. */
  readonly text: string;
}

/** A name with the value it is given; both may hold variables. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** What CMD, ENTRYPOINT and SHELL hold: the exec form is a JSON array, the shell form one line for a shell. */
export type CommandLine =
  { readonly form: 'exec'; readonly words: readonly string[] } | { readonly form: 'shell'; readonly line: string };

/** A health check as an image's config holds it: durations in nanoseconds. */
export interface Healthcheck {
  readonly Test: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

export interface FromInstruction extends Written {
  readonly keyword: 'FROM';
  readonly image: string;
  readonly platform?: string;
  readonly name?: string;
}

export interface ArgInstruction extends Written {
  readonly keyword: 'ARG';
  readonly args: readonly { readonly name: string; readonly value?: string }[];
}

export interface CopyInstruction extends Written {
  readonly keyword: 'COPY' | 'ADD';
  readonly sources: readonly string[];
  readonly destination: string;
  /** By name, without their dashes; a flag without a value is `true`. */
  readonly flags: ReadonlyMap<string, string>;
  /** `--exclude` may be given several times. */
  readonly excludes: readonly string[];
  readonly heredocs: readonly string[];
}

/** An instruction of a Dockerfile, parsed but not yet expanded. @see https://docs.docker.com/reference/dockerfile/ */
export type Instruction =
  | FromInstruction
  | ArgInstruction
  | CopyInstruction
  | (Written & { readonly keyword: 'ENV' | 'LABEL'; readonly pairs: readonly NamedValue[] })
  | (Written & { readonly keyword: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER'; readonly value: string })
  | (Written & { readonly keyword: 'EXPOSE' | 'VOLUME'; readonly values: readonly string[] })
  | (Written & { readonly keyword: 'CMD' | 'ENTRYPOINT'; readonly command: CommandLine })
  | (Written & { readonly keyword: 'SHELL'; readonly words: readonly string[] })
  | (Written & { readonly keyword: 'HEALTHCHECK'; readonly healthcheck: Healthcheck })
  | (Written & { readonly keyword: 'RUN' | 'ONBUILD'; readonly rest: string });
