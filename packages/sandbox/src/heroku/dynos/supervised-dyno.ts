import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dyno, DynoRunner } from '../../dynos/dyno.ts';
import type { AppLog } from '../state/app-log.ts';
import type { Durations } from '../durations.ts';
import { type ImageReference, timestamp } from '../state/model.ts';
import { memoryMbOf } from './dyno-sizes.ts';
import { freeWebPort, untilListening } from './web-port.ts';

export type DynoState = 'starting' | 'up' | 'crashed' | 'down';

/** What a dyno is to run. */
export interface DynoPlan {
  readonly app: string;
  readonly name: string;
  readonly type: string;
  readonly size: string;
  readonly image: ImageReference;
  readonly command?: string;
  /** The command as people read it. */
  readonly commandText: string;
  readonly configVars: Readonly<Record<string, string>>;
  readonly release: { readonly id: string; readonly version: number };
}

export interface DynoSurroundings {
  readonly runner: DynoRunner;
  readonly log: AppLog;
  readonly durations: Durations;
  /** Called after each change of state. */
  readonly onChange: () => void;
}

/** One dyno's life: it is started, watched until it is up, and started again with growing waits when it crashes. */
export class SupervisedDyno {
  readonly id = randomUUID();
  readonly plan: DynoPlan;
  readonly createdAt = timestamp();
  readonly #surroundings: DynoSurroundings;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #state: DynoState = 'starting';
  #updatedAt = this.createdAt;
  #settled = false;
  #port: number | undefined;
  #process: Dyno | undefined;

  constructor(plan: DynoPlan, surroundings: DynoSurroundings) {
    this.plan = plan;
    this.#surroundings = surroundings;
    this.#ended = this.#live();
  }

  get state(): DynoState {
    return this.#state;
  }

  get updatedAt(): string {
    return this.#updatedAt;
  }

  /** The port that a web dyno listens on while it is up. */
  get port(): number | undefined {
    return this.#state === 'up' ? this.#port : undefined;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Whether its first start has come to an end: up, or crashed. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Stops the process and resolves once it is gone; the dyno is not started again. */
  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort();
      if (this.#process) this.#say('Stopping all processes with SIGTERM');
    }
    await this.#ended;
  }

  async #live(): Promise<void> {
    let crashes = 0;
    while (!this.#stopping.signal.aborted) {
      const started = Date.now();
      await this.#runOnce();
      if (this.#stopping.signal.aborted) break;
      if (Date.now() - started > this.#surroundings.durations.crashMemory) crashes = 0;
      this.#enter('crashed');
      await this.#wait(backoff(this.#surroundings.durations.crashBackoff, crashes++));
      if (!this.#stopping.signal.aborted) this.#enter('starting');
    }
    this.#enter('down');
  }

  async #runOnce(): Promise<void> {
    this.#say(`Starting process with command \`${this.plan.commandText}\``);
    try {
      this.#port = this.plan.type === 'web' ? await freeWebPort() : undefined;
      this.#process = await this.#start(this.#port);
    } catch (error) {
      this.#say(`Process failed to start: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const dyno = this.#process;
    const stop = () => void dyno.stop();
    if (this.#stopping.signal.aborted) stop();
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    if (await this.#boots(dyno)) this.#enter('up');
    const exit = await dyno.exited;
    this.#stopping.signal.removeEventListener('abort', stop);
    this.#process = undefined;
    this.#say(`Process exited with status ${exit.code ?? exit.signal ?? 'unknown'}`);
  }

  #start(port: number | undefined): Promise<Dyno> {
    const { app, name, image, command, configVars, release } = this.plan;
    return this.#surroundings.runner.start({
      app,
      name,
      image,
      configVars,
      releaseVersion: release.version,
      memoryMb: memoryMbOf(this.plan.size),
      ...(command === undefined ? {} : { command: commandWords(command) }),
      ...(port === undefined ? {} : { port }),
      onOutput: (line) => this.#surroundings.log.write('app', name, line),
      onNotice: (line) => this.#say(line),
    });
  }

  /** Whether the dyno comes up: at once without a port, else when its port accepts a connection within the boot timeout. */
  async #boots(dyno: Dyno): Promise<boolean> {
    if (this.#port === undefined) return !this.#stopping.signal.aborted;
    const { bootTimeout } = this.#surroundings.durations;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    try {
      return await Promise.race([
        untilListening(this.#port, signal).then(() => true),
        dyno.exited.then(() => false),
        sleep(bootTimeout, 'timeout', { signal }).then(async () => {
          this.#say(
            `Error R10 (Boot timeout) -> Web process failed to bind to $PORT within ${bootTimeout / 1000} seconds of launch`,
          );
          await dyno.stop();
          return false;
        }),
      ]);
    } catch {
      return false;
    } finally {
      over.abort();
    }
  }

  #enter(state: DynoState): void {
    if (state === this.#state) return;
    this.#say(`State changed from ${this.#state} to ${state}`);
    this.#state = state;
    this.#updatedAt = timestamp();
    if (state !== 'starting') this.#settled = true;
    this.#surroundings.onChange();
  }

  #say(message: string): void {
    this.#surroundings.log.write('heroku', this.plan.name, message);
  }

  async #wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}

/** A formation's command as the words to execute: by a shell when it needs one. */
export function commandWords(command: string): readonly string[] {
  return /["'`$&|;<>()*?[\]{}~#\\\n]/.test(command) ? ['/bin/sh', '-c', command] : command.trim().split(/\s+/);
}

function backoff(waits: readonly number[], crashes: number): number {
  return waits[Math.min(crashes, waits.length - 1)] ?? 0;
}
