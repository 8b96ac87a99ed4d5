import { posix } from 'node:path';
import type { RunConfig } from '../image/config.ts';
import { attempt, type Base } from './arguments.ts';
import { expandWord, expandWords } from './expand.ts';
import type { CommandLine, CopyInstruction, Instruction } from './instruction.ts';
import { dockerfileInvalid } from './invalid.ts';
import type { Dockerfile } from './parse.ts';
import { parsePorts } from './ports.ts';
import { requireSignal } from './signals.ts';
import type { CopyStep, LayerStep, Trace } from './step.ts';

/** A stage, carried out as far as it can be without any file. */
export interface Evaluation {
  readonly config: RunConfig;
  readonly author?: string;
  readonly traces: readonly Trace[];
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Carries out the instructions after FROM on the base's configuration, as BuildKit does. Pure: layers are only told what
 * to do. @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function evaluate(
  dockerfile: Dockerfile,
  base: Base,
  baseConfig: RunConfig,
  buildArgs: Readonly<Record<string, string>>,
): Evaluation {
  const stage = new Stage(dockerfile, base, baseConfig, buildArgs);
  const from = dockerfile.instructions.indexOf(base.from);
  const traces = dockerfile.instructions.slice(from + 1).map((instruction) => stage.carryOut(instruction));
  return { config: stage.config(), traces, ...(stage.author === undefined ? {} : { author: stage.author }) };
}

class Stage {
  author?: string;
  readonly #dockerfile: Dockerfile;
  readonly #globalArgs: ReadonlyMap<string, string>;
  readonly #buildArgs: Readonly<Record<string, string>>;
  readonly #env: Map<string, string>;
  /** What `$name` means: ENV and ARG in one, the later wins. */
  readonly #variables: Map<string, string>;
  readonly #config: Record<string, unknown> & { WorkingDir?: string; User?: string; Shell?: unknown };
  readonly #labels: Map<string, string>;
  readonly #ports: Record<string, object>;
  readonly #volumes: Record<string, object>;
  #cmdIsOurs = false;

  constructor(dockerfile: Dockerfile, base: Base, baseConfig: RunConfig, buildArgs: Readonly<Record<string, string>>) {
    this.#dockerfile = dockerfile;
    this.#globalArgs = base.globalArgs;
    this.#buildArgs = buildArgs;
    const { OnBuild: _, ...inherited } = baseConfig;
    this.#config = { ...inherited };
    const env = baseConfig.Env ?? [];
    const withPath = env.some((entry) => entry.startsWith('PATH=')) ? env : [...env, defaultPath];
    this.#env = new Map(withPath.map(nameAndValue));
    this.#variables = new Map(this.#env);
    this.#labels = new Map(Object.entries(baseConfig.Labels ?? {}));
    this.#ports = { ...baseConfig.ExposedPorts };
    this.#volumes = { ...(baseConfig['Volumes'] as Record<string, object> | undefined) };
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
    const { line, text } = instruction;
    const trace = { line, text };
    const expand = (word: string) => attempt(line, () => expandWord(word, this.#lookup, this.#dockerfile.escape));
    switch (instruction.keyword) {
      case 'ARG':
        for (const { name, value } of instruction.args) this.#declare(name, value, expand);
        return trace;
      case 'ENV': {
        const pairs = instruction.pairs.map(({ name, value }) => [expand(name), expand(value)] as const);
        for (const [name, value] of pairs) {
          this.#env.set(name, value);
          this.#variables.set(name, value);
        }
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

  readonly #lookup = (name: string): string | undefined => this.#variables.get(name);

  #declare(name: string, value: string | undefined, expand: (word: string) => string): void {
    const given = this.#buildArgs[name] ?? (value === undefined ? this.#globalArgs.get(name) : expand(value));
    if (given !== undefined) this.#variables.set(name, given);
  }

  #workdir(path: string, line: number): { step?: LayerStep } {
    const current = this.#config.WorkingDir || '/';
    this.#config.WorkingDir = path.startsWith('/') ? path : posix.resolve('/', current, path);
    const folder = posix.resolve('/', this.#config.WorkingDir);
    return folder === '/' ? {} : { step: { kind: 'workdir', line, path: folder, owner: this.#config.User ?? '' } };
  }

  #copy(
    { keyword, line, flags, sources, destination, excludes }: CopyInstruction,
    expand: (word: string) => string,
  ): CopyStep {
    const chmod = expand(flags.get('chmod') ?? '');
    if (!/^[0-7]*$/.test(chmod) || Number.parseInt(chmod || '0', 8) > 0o7777)
      throw dockerfileInvalid(line, `--chmod=${chmod} is not an octal number from 0 to 7777.`);
    return {
      kind: 'copy',
      line,
      sources: sources.map(expand),
      destination: this.#absolute(expand(destination)),
      owner: expand(flags.get('chown') ?? ''),
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
      values.flatMap((value) => expandWords(value, this.#lookup, this.#dockerfile.escape)).flatMap(parsePorts),
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
