import { posix } from 'node:path';
import type { RunConfig } from '../../image/config.ts';
import { addLineToErrors, UnknownVariableError } from './arguments.ts';
import { planCopy } from './copy-step.ts';
import { dockerfileInvalidError } from './errors.ts';
import type { CommandLine, Instruction } from './instruction.ts';
import { planRun } from './plan-run.ts';
import { parsePorts } from './ports.ts';
import { assertSignal } from './signals.ts';
import { StageVariables, type VariableSources } from './stage-variables.ts';
import type { Stage } from './stages.ts';
import type { Step, Trace } from './step.ts';

const defaultShell = ['/bin/sh', '-c'];

/** The inputs of a stage. */
export interface StageContext extends VariableSources {
  readonly stage: Stage;
}

/** A stage after the instructions applied so far. */
export class StageState {
  author?: string;
  readonly #context: StageContext;
  readonly #variables: StageVariables;
  readonly #config: Record<string, unknown> & { WorkingDir?: string; User?: string; Shell?: unknown };
  readonly #labels: Map<string, string>;
  readonly #ports: Record<string, object>;
  readonly #volumes: Record<string, object>;
  readonly #triggers: string[] = [];
  #hasOwnCmd = false;

  constructor(
    context: StageContext,
    baseConfig: RunConfig | undefined,
    variables = new StageVariables(context, baseConfig && (baseConfig.Env ?? [])),
  ) {
    this.#context = context;
    this.#variables = variables;
    const { OnBuild: _, ...inherited } = baseConfig ?? {};
    this.#config = { ...inherited };
    this.#labels = new Map(Object.entries(baseConfig?.Labels ?? {}));
    this.#ports = { ...baseConfig?.ExposedPorts };
    this.#volumes = { ...(baseConfig?.['Volumes'] as Record<string, object> | undefined) };
  }

  /** Returns the start of a stage that builds on this one. */
  fork(context: StageContext): StageState {
    const baseConfig = this.#variables.isBaseKnown ? this.config() : undefined;
    const next = new StageState(context, baseConfig, this.#variables.fork(context));
    if (this.author !== undefined) next.author = this.author;
    return next;
  }

  config(): RunConfig {
    return {
      ...this.#config,
      Env: this.#variables.env,
      ...(this.#triggers.length === 0 ? {} : { OnBuild: this.#triggers }),
      ...omitEmpty('Labels', Object.fromEntries(this.#labels)),
      ...omitEmpty('ExposedPorts', this.#ports),
      ...omitEmpty('Volumes', this.#volumes),
    };
  }

  apply(instruction: Instruction): Trace {
    const { line, text } = instruction;
    try {
      return { line, text, ...this.#apply(instruction) };
    } catch (error) {
      if (!(error instanceof UnknownVariableError)) throw error;
      return { line, text };
    }
  }

  #apply(instruction: Instruction): { step?: Step } {
    const { line } = instruction;
    const expand = (word: string) => this.#variables.expand(word, line);
    switch (instruction.keyword) {
      case 'ARG':
        this.#variables.declareArgs(instruction);
        return {};
      case 'ENV':
        this.#variables.setEnv(
          instruction.pairs.map(({ name, value }) => [expand(name), this.#variables.expandIfKnown(value, line)]),
        );
        return {};
      case 'LABEL':
        for (const { name, value } of instruction.pairs) this.#labels.set(expand(name), expand(value));
        return {};
      case 'WORKDIR':
        return this.#setWorkingDir(expand(instruction.value), line);
      case 'COPY':
      case 'ADD': {
        const workingDir = this.#config.WorkingDir || '/';
        return { step: planCopy(instruction, this.#variables, { ...this.#context, workingDir }) };
      }
      case 'USER':
        this.#config.User = expand(instruction.value);
        return {};
      case 'RUN': {
        const { WorkingDir, User = '', Shell } = this.#config;
        const shell = (Shell as readonly string[] | undefined) ?? [];
        return {
          step: planRun(instruction, this.#variables, {
            ...this.#context,
            workingDir: WorkingDir || '/',
            user: User,
            shell: shell.length > 0 ? shell : defaultShell,
          }),
        };
      }
      case 'ONBUILD':
        this.#triggers.push(instruction.rest.trim());
        return {};
      case 'STOPSIGNAL':
        this.#config['StopSignal'] = addLineToErrors(line, () => assertSignal(expand(instruction.value)));
        return {};
      case 'EXPOSE':
        for (const port of this.#expandPorts(instruction.values, line)) this.#ports[port] = {};
        return {};
      case 'VOLUME':
        for (const value of instruction.values.map(expand)) this.#volumes[value] = {};
        return {};
      case 'CMD':
        this.#config['Cmd'] = this.#toWords(instruction.command);
        this.#hasOwnCmd = true;
        return {};
      case 'ENTRYPOINT':
        this.#setEntrypoint(this.#toWords(instruction.command));
        return {};
      case 'SHELL':
        this.#config.Shell = instruction.words;
        return {};
      case 'HEALTHCHECK':
        this.#config['Healthcheck'] = instruction.healthcheck;
        return {};
      case 'MAINTAINER':
        this.author = instruction.value;
        return {};
      default:
        throw dockerfileInvalidError(line, `${instruction.keyword} isn't supported here.`);
    }
  }

  #setWorkingDir(path: string, line: number): { step?: Step } {
    const current = this.#config.WorkingDir || '/';
    this.#config.WorkingDir = path.startsWith('/') ? path : posix.resolve('/', current, path);
    const resolved = posix.resolve('/', this.#config.WorkingDir);
    return resolved === '/' ? {} : { step: { kind: 'workdir', line, path: resolved, owner: this.#config.User ?? '' } };
  }

  #expandPorts(values: readonly string[], line: number): string[] {
    const words = values.flatMap((value) => this.#variables.expandWords(value, line));
    return addLineToErrors(line, () => words.flatMap(parsePorts));
  }

  #toWords(command: CommandLine): readonly string[] {
    if (command.form === 'exec') return command.words;
    const shell = this.#config.Shell as readonly string[] | undefined;
    return [...(shell?.length ? shell : defaultShell), command.line];
  }

  /** Resets an inherited command, which was meant for the base's entry point. */
  #setEntrypoint(words: readonly string[]): void {
    if (words.length > 0) this.#config['Entrypoint'] = words;
    else delete this.#config['Entrypoint'];
    if (!this.#hasOwnCmd) delete this.#config['Cmd'];
  }
}

function omitEmpty<K extends string>(key: K, set: Record<string, unknown>): { [k in K]?: Record<string, never> } {
  return (Object.keys(set).length === 0 ? {} : { [key]: set }) as { [k in K]?: Record<string, never> };
}
