import { randomUUID } from 'node:crypto';
import type { Dyno, DynoRunner } from '../../dynos/dyno.ts';
import type { AppLog } from '../state/app-log.ts';
import type { Durations } from '../durations.ts';
import type { ImageReference } from '../state/model.ts';
import type { Alarm, Clock } from '../../time/clock.ts';
import { type PromiseWithEnd, promiseWithEnd } from './promise-with-end.ts';
import { memoryMbOf } from './dyno-sizes.ts';
import { listeningAddresses } from './listening-addresses.ts';
import { findFreeWebPort, waitUntilListening } from './web-port.ts';

export type DynoState = 'starting' | 'up' | 'idle' | 'crashed' | 'down' | 'complete';

/** What a dyno runs. */
export interface DynoPlan {
  readonly app: string;
  readonly name: string;
  readonly type: string;
  readonly size: string;
  readonly image: ImageReference;
  readonly command?: string;
  /** The command line for logs and the API. */
  readonly commandText: string;
  readonly configVars: Readonly<Record<string, string>>;
  readonly release: { readonly id: string; readonly version: number };
}

export interface DynoContext {
  readonly runner: DynoRunner;
  readonly log: AppLog;
  readonly durations: Durations;
  readonly clock: Clock;
  /** Called after each state change. */
  readonly onChange: () => void;
  /** Called once the dyno has been up for a day. */
  readonly onCycle: () => void;
}

/** A dyno that is started, and restarted with growing delays when it crashes. */
export class SupervisedDyno {
  readonly id = randomUUID();
  readonly plan: DynoPlan;
  readonly createdAt: string;
  readonly #context: DynoContext;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #state: DynoState = 'starting';
  #updatedAt: string;
  #settled = false;
  #port: number | undefined;
  #process: Dyno | undefined;
  #sleep: PromiseWithEnd | undefined;
  #cycle: Alarm | undefined;

  constructor(plan: DynoPlan, context: DynoContext) {
    this.plan = plan;
    this.#context = context;
    this.createdAt = this.#updatedAt = context.clock.timestamp();
    this.#ended = this.#supervise();
  }

  get state(): DynoState {
    return this.#state;
  }

  get updatedAt(): string {
    return this.#updatedAt;
  }

  /** The port of a web dyno that is up. */
  get port(): number | undefined {
    return this.#state === 'up' ? this.#port : undefined;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Whether the first start is over: the dyno is up or has crashed. */
  get isSettled(): boolean {
    return this.#settled;
  }

  /** Stops the process of a dyno that is up, until `wake`. */
  sleep(): void {
    if (this.#state !== 'up') return;
    this.#sleep = promiseWithEnd();
    this.#enter('idle');
    void this.#process?.stop();
  }

  /** Starts an idle dyno. */
  wake(): void {
    if (this.#state !== 'idle') return;
    this.#enter('starting');
    this.#sleep?.end();
  }

  /** Stops the dyno for good and resolves once its process has ended. */
  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted) {
      this.#stopping.abort();
      this.#sleep?.end();
      if (this.#process) this.#log('Stopping all processes with SIGTERM');
    }
    await this.#ended;
  }

  async #supervise(): Promise<void> {
    let crashes = 0;
    while (!this.#stopping.signal.aborted) {
      const { clock, durations } = this.#context;
      const started = clock.elapsed();
      await this.#runOnce();
      if (this.#stopping.signal.aborted) break;
      if (this.#sleep) {
        await this.#sleep.ended;
        this.#sleep = undefined;
        continue;
      }
      if (clock.elapsed() - started > durations.crashMemory) crashes = 0;
      this.#enter('crashed');
      await clock.wait(backoffOf(durations.crashBackoff, crashes++), { signal: this.#stopping.signal });
      if (!this.#stopping.signal.aborted) this.#enter('starting');
    }
    this.#enter('down');
  }

  async #runOnce(): Promise<void> {
    this.#log(`Starting process with command \`${this.plan.commandText}\``);
    try {
      this.#port = this.plan.type === 'web' ? await findFreeWebPort() : undefined;
      this.#process = await this.#start(this.#port);
    } catch (error) {
      this.#log(`Process failed to start: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const dyno = this.#process;
    const stop = () => void dyno.stop();
    if (this.#stopping.signal.aborted) stop();
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    if (await this.#waitForBoot(dyno)) this.#enter('up');
    const exit = await dyno.exited;
    this.#stopping.signal.removeEventListener('abort', stop);
    this.#process = undefined;
    this.#log(`Process exited with status ${exit.code ?? exit.signal ?? 'unknown'}`);
  }

  #start(port: number | undefined): Promise<Dyno> {
    const { app, name, image, command, configVars, release } = this.plan;
    return this.#context.runner.start({
      app,
      name,
      image,
      configVars,
      releaseVersion: release.version,
      memoryMb: memoryMbOf(this.plan.size),
      ...(command === undefined ? {} : { command: splitCommand(command) }),
      ...(port === undefined ? {} : { port }),
      onOutput: (line) => this.#context.log.write('app', name, line),
      onNotice: (line) => this.#log(line),
    });
  }

  /** Resolves to whether the dyno is up: at once without a port, else if it accepts a connection within the boot timeout. */
  async #waitForBoot(dyno: Dyno): Promise<boolean> {
    if (this.#port === undefined) return !this.#stopping.signal.aborted;
    const {
      clock,
      durations: { bootTimeout },
    } = this.#context;
    const booted = new AbortController();
    const signal = AbortSignal.any([booted.signal, this.#stopping.signal]);
    try {
      return await Promise.race([
        waitUntilListening(this.#port, signal).then(() => true),
        dyno.exited.then(() => false),
        clock.wait(bootTimeout, { signal }).then(async (hasPassed) => {
          if (!hasPassed) return false;
          this.#log(
            `Error R10 (Boot timeout) -> Web process failed to bind to $PORT within ${bootTimeout / 1000} seconds of launch`,
          );
          await this.#tellWhereItListens(dyno.pid);
          await dyno.stop();
          return false;
        }),
      ]);
    } catch {
      return false;
    } finally {
      booted.abort();
    }
  }

  /** Heroku shows no more than R10. On this machine, what the process does instead can be seen. */
  async #tellWhereItListens(pid: number): Promise<void> {
    const addresses = await listeningAddresses(pid);
    if (addresses.length === 0) return;
    const text = `The process listens on ${addresses.join(', ')}, and not on $PORT, which is ${this.#port}`;
    this.#context.log.write('sandbox', this.plan.name, text);
  }

  #enter(state: DynoState): void {
    if (state === this.#state) return;
    this.#log(`State changed from ${this.#state} to ${state}`);
    this.#state = state;
    this.#updatedAt = this.#context.clock.timestamp();
    if (state !== 'starting') this.#settled = true;
    this.#cycle?.cancel();
    this.#cycle = state === 'up' ? this.#startCycle() : undefined;
    this.#context.onChange();
  }

  /** Heroku adds up to 216 minutes, so that dynos don't restart at once. */
  #startCycle(): Alarm {
    const { clock, durations, onCycle } = this.#context;
    return clock.after(durations.dynoCycle * (1 + 0.15 * Math.random()), () => {
      this.#log('Cycling');
      onCycle();
    });
  }

  #log(message: string): void {
    this.#context.log.write('heroku', this.plan.name, message);
  }
}

/** Splits a formation's command into words. A command that needs a shell runs in one. */
export function splitCommand(command: string): readonly string[] {
  return /["'`$&|;<>()*?[\]{}~#\\\n]/.test(command) ? ['/bin/sh', '-c', command] : command.trim().split(/\s+/);
}

function backoffOf(waits: readonly number[], crashes: number): number {
  return waits[Math.min(crashes, waits.length - 1)] ?? 0;
}
