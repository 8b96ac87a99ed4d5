/** The line and the text of an instruction. */
export interface InstructionSource {
  /** 1-based line of its first word. */
  readonly line: number;
  /** The instruction as written, continued lines joined. */
  readonly text: string;
}

/** A name and its value. Both may contain variables. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** The body of a `<<NAME` in RUN, COPY or ADD. */
export interface Heredoc {
  readonly name: string;
  /** Each line with its newline; as written, tabs included. */
  readonly content: string;
  /** `<<-NAME`: tabs at the start of lines are removed. */
  readonly stripsTabs: boolean;
}

/** The command of CMD or ENTRYPOINT: a JSON array in the exec form, one line for a shell in the shell form. */
export type CommandLine =
  { readonly form: 'exec'; readonly words: readonly string[] } | { readonly form: 'shell'; readonly line: string };

/** A health check as stored in an image's config. Durations are in nanoseconds. */
export interface Healthcheck {
  readonly Test: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

export interface FromInstruction extends InstructionSource {
  readonly keyword: 'FROM';
  readonly image: string;
  readonly platform?: string;
  readonly name?: string;
}

export interface ArgInstruction extends InstructionSource {
  readonly keyword: 'ARG';
  readonly args: readonly { readonly name: string; readonly value?: string }[];
}

export interface CopyInstruction extends InstructionSource {
  readonly keyword: 'COPY' | 'ADD';
  readonly sources: readonly string[];
  readonly destination: string;
  /** By name, without dashes. A flag without a value is `true`. */
  readonly flags: ReadonlyMap<string, string>;
  /** `--exclude` may appear several times. */
  readonly excludes: readonly string[];
  readonly heredocs: readonly Heredoc[];
}

export interface RunInstruction extends InstructionSource {
  readonly keyword: 'RUN';
  /** Flags and command as written. They are parsed when the command is needed: Docker may know more of them. */
  readonly rest: string;
  readonly heredocs: readonly Heredoc[];
}

/** An instruction of a Dockerfile, parsed but not yet expanded. @see https://docs.docker.com/reference/dockerfile/ */
export type Instruction =
  | FromInstruction
  | ArgInstruction
  | CopyInstruction
  | (InstructionSource & { readonly keyword: 'ENV' | 'LABEL'; readonly pairs: readonly NamedValue[] })
  | (InstructionSource & { readonly keyword: 'WORKDIR' | 'USER' | 'STOPSIGNAL' | 'MAINTAINER'; readonly value: string })
  | (InstructionSource & { readonly keyword: 'EXPOSE' | 'VOLUME'; readonly values: readonly string[] })
  | (InstructionSource & { readonly keyword: 'CMD' | 'ENTRYPOINT'; readonly command: CommandLine })
  | (InstructionSource & { readonly keyword: 'SHELL'; readonly words: readonly string[] })
  | (InstructionSource & { readonly keyword: 'HEALTHCHECK'; readonly healthcheck: Healthcheck })
  | RunInstruction
  | (InstructionSource & { readonly keyword: 'ONBUILD'; readonly rest: string });
