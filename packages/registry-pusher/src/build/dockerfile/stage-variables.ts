import { addLineToErrors, UnknownVariableError } from './arguments.ts';
import { expandWord, expandWords } from './expand.ts';
import type { ArgInstruction } from './instruction.ts';
import type { Escape } from './lines.ts';
import type { StagePlan } from './stages.ts';

/** The inputs of a stage's variables. */
export interface VariableSources {
  readonly escape: Escape;
  readonly plan: StagePlan;
  readonly buildArgs: Readonly<Record<string, string>>;
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

const proxyName = /^(?:https?|ftp|all|no)_proxy$/i;

/** A stage's environment and ARGs. While the base is unknown, every variable that it may set is unknown too. */
export class StageVariables {
  readonly #sources: VariableSources;
  readonly #isBaseKnown: boolean;
  readonly #env: Map<string, string>;
  /** ENV and ARG together; the later one wins. */
  readonly #values: Map<string, string>;

  /** @param baseEnv the base's Env, or undefined while the base is unknown */
  constructor(sources: VariableSources, baseEnv: readonly string[] | undefined) {
    this.#sources = sources;
    this.#isBaseKnown = baseEnv !== undefined;
    const env = baseEnv ?? [];
    const withPath = env.some((entry) => entry.startsWith('PATH=')) ? env : [...env, defaultPath];
    this.#env = new Map(withPath.map(splitEntry));
    this.#values = new Map(this.#isBaseKnown ? this.#env : []);
  }

  /** Returns the variables of a stage that builds on this one. They include this stage's ARGs. */
  fork(sources: VariableSources): StageVariables {
    const next = new StageVariables(sources, this.#isBaseKnown ? this.env : undefined);
    for (const [name, value] of this.#values) if (!next.#values.has(name)) next.#values.set(name, value);
    return next;
  }

  get isBaseKnown(): boolean {
    return this.#isBaseKnown;
  }

  /** The entries of an image config's Env. */
  get env(): string[] {
    return [...this.#env].map(([name, value]) => `${name}=${value}`);
  }

  get escape(): Escape {
    return this.#sources.escape;
  }

  /** The variables of a RUN: ENV and ARGs, the later one wins. Nothing may depend on proxies and SOURCE_DIGEST. */
  get environment(): { readonly env: string[]; readonly proxies: string[] } {
    const all = [...this.#values].filter(([name]) => name !== 'SOURCE_DIGEST');
    const proxies = Object.entries(this.#sources.buildArgs).filter(([name]) => proxyName.test(name));
    const format = ([name, value]: readonly [string, string]) => `${name}=${value}`;
    return { env: all.filter(([name]) => !proxyName.test(name)).map(format), proxies: proxies.map(format) };
  }

  /** @throws UnknownVariableError, RegistryPusherError DOCKERFILE_INVALID */
  expand(word: string, line: number): string {
    return addLineToErrors(line, () => expandWord(word, this.#lookup, this.#sources.escape));
  }

  /** @throws UnknownVariableError, RegistryPusherError DOCKERFILE_INVALID */
  expandWords(text: string, line: number): string[] {
    return addLineToErrors(line, () => expandWords(text, this.#lookup, this.#sources.escape));
  }

  /** Like {@link expand}, but returns undefined for text with an unknown variable. */
  expandIfKnown(word: string, line: number): string | undefined {
    try {
      return this.expand(word, line);
    } catch (error) {
      if (error instanceof UnknownVariableError) return undefined;
      throw error;
    }
  }

  /** Carries out ENV. Each value sees the variables from before the instruction. */
  setEnv(pairs: readonly (readonly [name: string, value: string | undefined])[]): void {
    for (const [name, value] of pairs) {
      if (value !== undefined) this.#env.set(name, value);
      this.#set(name, value);
    }
  }

  declareArgs({ args, line }: ArgInstruction): void {
    const { buildArgs, plan } = this.#sources;
    for (const { name, value } of args) {
      if (buildArgs[name] === undefined && value !== undefined) this.#set(name, this.expandIfKnown(value, line));
      else this.#set(name, buildArgs[name] ?? plan.globalArgs.get(name) ?? this.#values.get(name));
    }
  }

  #set(name: string, value: string | undefined): void {
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, value);
  }

  readonly #lookup = (name: string): string | undefined => {
    const value = this.#values.get(name);
    if (value === undefined && !this.#isBaseKnown) throw new UnknownVariableError();
    return value;
  };
}

function splitEntry(entry: string): [string, string] {
  const equals = entry.indexOf('=');
  return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}
