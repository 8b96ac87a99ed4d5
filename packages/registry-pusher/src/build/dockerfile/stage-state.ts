import { posix } from 'node:path';
import type { RunConfig } from '../../image/config.ts';
import { attempt, UnknownVariable } from './arguments.ts';
import { expandWord, expandWords } from './expand.ts';
import type { CommandLine, CopyInstruction, Instruction } from './instruction.ts';
import { dockerfileInvalid } from './invalid.ts';
import type { Escape } from './lines.ts';
import { parsePorts } from './ports.ts';
import { requireSignal } from './signals.ts';
import { copyFrom, type Stage, type StagePlan } from './stages.ts';
import type { CopyStep, LayerStep, Trace } from './step.ts';

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a stage is carried out with. */
export interface Surroundings {
  readonly escape: Escape;
  readonly plan: StagePlan;
  readonly stage: Stage;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** A stage as it is after the instructions that were carried out so far. */
export class StageState {
  author?: string;
  readonly #surroundings: Surroundings;
  readonly #isBaseKnown: boolean;
  readonly #env: Map<string, string>;
  /** What `$name` means: ENV and ARG in one, the later wins. */
  readonly #variables: Map<string, string>;
  readonly #config: Record<string, unknown> & { WorkingDir?: string; User?: string; Shell?: unknown };
  readonly #labels: Map<string, string>;
  readonly #ports: Record<string, object>;
  readonly #volumes: Record<string, object>;
  #cmdIsOurs = false;

  constructor(surroundings: Surroundings, baseConfig: RunConfig | undefined) {
    this.#surroundings = surroundings;
    this.#isBaseKnown = baseConfig !== undefined;
    const { OnBuild: _, ...inherited } = baseConfig ?? {};
    this.#config = { ...inherited };
    const env = baseConfig?.Env ?? [];
    const withPath = env.some((entry) => entry.startsWith('PATH=')) ? env : [...env, defaultPath];
    this.#env = new Map(withPath.map(nameAndValue));
    this.#variables = new Map(this.#isBaseKnown ? this.#env : []);
    this.#labels = new Map(Object.entries(baseConfig?.Labels ?? {}));
    this.#ports = { ...baseConfig?.ExposedPorts };
    this.#volumes = { ...(baseConfig?.['Volumes'] as Record<string, object> | undefined) };
  }

  /** A stage that stands on this one: it has its configuration, and its variables, those of ARG too. */
  continued(surroundings: Surroundings): StageState {
    const next = new StageState(surroundings, this.#isBaseKnown ? this.config() : undefined);
    for (const [name, value] of this.#variables) if (!next.#variables.has(name)) next.#variables.set(name, value);
    if (this.author !== undefined) next.author = this.author;
    return next;
  }

  config(): RunConfig {
    return {
      ...this.#config,
      Env: [...this.#env].map(([name, value]) => `${name}=${value}`),
      ...filled('Labels', Object.fromEntries(this.#labels)),
      ...filled('ExposedPorts', this.#ports),
      ...filled('Volumes', this.#volumes),
    };
  }

  carryOut(instruction: Instruction): Trace {
    try {
      return this.#carryOut(instruction);
    } catch (error) {
      if (!(error instanceof UnknownVariable)) throw error;
      return { line: instruction.line, text: instruction.text };
    }
  }

  #carryOut(instruction: Instruction): Trace {
    const { line, text } = instruction;
    const trace = { line, text };
    const expand = (word: string) => attempt(line, () => expandWord(word, this.#lookup, this.#surroundings.escape));
    switch (instruction.keyword) {
      case 'ARG':
        for (const { name, value } of instruction.args) this.#declare(name, value, expand);
        return trace;
      case 'ENV': {
        const pairs = instruction.pairs.map(
          ({ name, value }) => [expand(name), this.#unlessUnknown(value, expand)] as const,
        );
        for (const [name, value] of pairs) this.#setEnvironment(name, value);
        return trace;
      }
      case 'LABEL':
        for (const { name, value } of instruction.pairs) this.#labels.set(expand(name), expand(value));
        return trace;
      case 'WORKDIR':
        return { ...trace, ...this.#workdir(expand(instruction.value), line) };
      case 'COPY':
      case 'ADD':
        return { ...trace, step: this.#copy(instruction, expand) };
      case 'USER':
        this.#config.User = expand(instruction.value);
        return trace;
      case 'STOPSIGNAL':
        this.#config['StopSignal'] = attempt(line, () => requireSignal(expand(instruction.value)));
        return trace;
      case 'EXPOSE':
        for (const port of this.#ports_(instruction.values, line)) this.#ports[port] = {};
        return trace;
      case 'VOLUME':
        for (const value of instruction.values.map(expand)) this.#volumes[value] = {};
        return trace;
      case 'CMD':
        this.#config['Cmd'] = this.#words(instruction.command);
        this.#cmdIsOurs = true;
        return trace;
      case 'ENTRYPOINT':
        this.#entrypoint(this.#words(instruction.command));
        return trace;
      case 'SHELL':
        this.#config.Shell = instruction.words;
        return trace;
      case 'HEALTHCHECK':
        this.#config['Healthcheck'] = instruction.healthcheck;
        return trace;
      case 'MAINTAINER':
        this.author = instruction.value;
        return trace;
      default:
        throw dockerfileInvalid(line, `${instruction.keyword} cannot be carried out here.`);
    }
  }

  readonly #lookup = (name: string): string | undefined => {
    const value = this.#variables.get(name);
    if (value === undefined && !this.#isBaseKnown) throw new UnknownVariable();
    return value;
  };

  /** Undefined when it depends on what a base that is not known yet may set. */
  #unlessUnknown<T>(word: T, expand: (word: T) => string): string | undefined {
    try {
      return expand(word);
    } catch (error) {
      if (error instanceof UnknownVariable) return undefined;
      throw error;
    }
  }

  #setEnvironment(name: string, value: string | undefined): void {
    if (value === undefined) {
      this.#variables.delete(name);
      return;
    }
    this.#env.set(name, value);
    this.#variables.set(name, value);
  }

  #declare(name: string, value: string | undefined, expand: (word: string) => string): void {
    const { buildArgs, plan } = this.#surroundings;
    if (buildArgs[name] === undefined && value !== undefined) {
      const known = this.#unlessUnknown(value, expand);
      if (known === undefined) this.#variables.delete(name);
      else this.#variables.set(name, known);
      return;
    }
    const given = buildArgs[name] ?? plan.globalArgs.get(name);
    if (given !== undefined) this.#variables.set(name, given);
  }

  #workdir(path: string, line: number): { step?: LayerStep } {
    const current = this.#config.WorkingDir || '/';
    this.#config.WorkingDir = path.startsWith('/') ? path : posix.resolve('/', current, path);
    const folder = posix.resolve('/', this.#config.WorkingDir);
    return folder === '/' ? {} : { step: { kind: 'workdir', line, path: folder, owner: this.#config.User ?? '' } };
  }

  #copy(instruction: CopyInstruction, expand: (word: string) => string): CopyStep {
    const { keyword, line, flags, destination, excludes } = instruction;
    const expanded = (word = '') => this.#unlessUnknown(word, expand) ?? '';
    const chmod = expanded(flags.get('chmod'));
    if (!/^[0-7]*$/.test(chmod) || Number.parseInt(chmod || '0', 8) > 0o7777)
      throw dockerfileInvalid(line, `--chmod=${chmod} is not an octal number from 0 to 7777.`);
    const { stage, plan } = this.#surroundings;
    const from = copyFrom(instruction, stage, plan.stages);
    const sources = instruction.sources.map((source) => this.#unlessUnknown(source, expand));
    return {
      kind: 'copy',
      line,
      ...(from === undefined ? {} : { from }),
      sources: sources.every((source) => source !== undefined) ? sources : undefined,
      destination: this.#absolute(expanded(destination)),
      owner: expanded(flags.get('chown')),
      ...(chmod === '' ? {} : { mode: Number.parseInt(chmod, 8) }),
      excludes,
      unpacks: keyword === 'ADD',
      link: flags.has('link'),
    };
  }

  /** A destination, from the root; the slash or `/.` at its end tells that it is a folder. */
  #absolute(path: string): string {
    const isFolder = path === '' || path === '.' || /\/\.?$/.test(path);
    const absolute = posix.resolve('/', this.#config.WorkingDir || '/', path);
    return isFolder && absolute !== '/' ? `${absolute}/` : absolute;
  }

  #ports_(values: readonly string[], line: number): string[] {
    return attempt(line, () =>
      values.flatMap((value) => expandWords(value, this.#lookup, this.#surroundings.escape)).flatMap(parsePorts),
    );
  }

  #words(command: CommandLine): readonly string[] {
    if (command.form === 'exec') return command.words;
    const shell = this.#config.Shell as readonly string[] | undefined;
    return [...(shell?.length ? shell : ['/bin/sh', '-c']), command.line];
  }

  /** An entry point of our own takes away a command that was inherited, for it was meant for the base's. */
  #entrypoint(words: readonly string[]): void {
    if (words.length > 0) this.#config['Entrypoint'] = words;
    else delete this.#config['Entrypoint'];
    if (!this.#cmdIsOurs) delete this.#config['Cmd'];
  }
}

function nameAndValue(entry: string): [string, string] {
  const equals = entry.indexOf('=');
  return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

function filled<K extends string>(key: K, set: Record<string, unknown>): { [k in K]?: Record<string, never> } {
  return (Object.keys(set).length === 0 ? {} : { [key]: set }) as { [k in K]?: Record<string, never> };
}
