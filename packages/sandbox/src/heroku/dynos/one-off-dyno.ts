import { randomUUID } from 'node:crypto';
import type { Duplex, Readable } from 'node:stream';
import type { Dyno, DynoRunner } from '../../dynos/dyno.ts';
import type { Durations } from '../durations.ts';
import type { AppLog } from '../state/app-log.ts';
import type { Alarm, Clock } from '../../time/clock.ts';
import { memoryMbOf } from './dyno-sizes.ts';
import type { Meeting, Rendezvous } from './rendezvous.ts';
import { type DynoPlan, type DynoState, splitCommand } from './supervised-dyno.ts';
import { terminalInput } from './terminal-input.ts';

export interface OneOffContext {
  readonly runner: DynoRunner;
  readonly log: AppLog;
  readonly durations: Durations;
  readonly clock: Clock;
  readonly rendezvous: Rendezvous;
}

export interface OneOffOptions {
  /** Starts when the client connects; its output goes there, and not to the log. */
  readonly isAttached: boolean;
  readonly isTerminal: boolean;
  /** Stops the dyno after this many seconds. */
  readonly timeToLive?: number | undefined;
}

/** A dyno that runs one command once. */
export class OneOffDyno {
  readonly id = randomUUID();
  readonly createdAt: string;
  readonly plan: DynoPlan;
  readonly #context: OneOffContext;
  readonly #options: OneOffOptions;
  readonly #stopping = new AbortController();
  readonly #alarms: Alarm[] = [];
  readonly #onEnd: () => void;
  #updatedAt: string;
  #state: DynoState = 'starting';
  #meeting: Meeting | undefined;
  #running: Promise<void> | undefined;

  constructor(plan: DynoPlan, context: OneOffContext, options: OneOffOptions, onEnd: () => void) {
    this.plan = plan;
    this.#context = context;
    this.createdAt = this.#updatedAt = context.clock.timestamp();
    this.#options = options;
    this.#onEnd = onEnd;
  }

  get state(): DynoState {
    return this.#state;
  }

  get updatedAt(): string {
    return this.#updatedAt;
  }

  get attachUrl(): string | undefined {
    return this.#meeting?.url;
  }

  /** Starts the command, or waits for its client. */
  async start(): Promise<void> {
    const { isAttached, timeToLive } = this.#options;
    const { clock, durations } = this.#context;
    if (timeToLive !== undefined) this.#alarms.push(clock.after(timeToLive * 1000, () => void this.stop()));
    if (!isAttached) return void (this.#running = this.#run());
    this.#meeting = await this.#context.rendezvous.arrange((client) => {
      this.#running = this.#run(client);
    });
    this.#alarms.push(clock.after(durations.attach, () => this.#giveUp()));
  }

  /** Resolves once the process has ended. */
  async stop(): Promise<void> {
    if (!this.#stopping.signal.aborted && this.#state === 'up') this.#say('Stopping all processes with SIGTERM');
    this.#stopping.abort();
    if (!this.#running) this.#end();
    await this.#running;
  }

  #giveUp(): void {
    if (this.#running || this.#stopping.signal.aborted) return;
    this.#say('Error R13 (Attach error) -> Failed to attach to process');
    void this.stop();
  }

  async #run(client?: Duplex): Promise<void> {
    this.#say(`Starting process with command \`${this.plan.commandText}\``);
    try {
      const dyno = await this.#start(client);
      const stop = () => void dyno.stop();
      this.#stopping.signal.addEventListener('abort', stop, { once: true });
      if (this.#stopping.signal.aborted || client?.destroyed) stop();
      // A client that disconnects takes its dyno with it.
      client?.once('close', stop);
      this.#enter('up');
      const exit = await dyno.exited;
      this.#say(`Process exited with status ${exit.code ?? exit.signal ?? 'unknown'}`);
    } catch (error) {
      const reason = `Process failed to start: ${error instanceof Error ? error.message : String(error)}`;
      this.#say(reason);
      client?.write(`${reason}\r\n`);
    }
    client?.end();
    this.#end();
  }

  #start(client: Duplex | undefined): Promise<Dyno> {
    const { app, name, image, command = '', configVars, release, size } = this.plan;
    return this.#context.runner.start({
      app,
      name,
      image,
      configVars,
      command: splitCommand(command),
      releaseVersion: release.version,
      memoryMb: memoryMbOf(size),
      onNotice: (line) => this.#say(line),
      onOutput: (line) => client ?? this.#context.log.write('app', name, line),
      ...(client && { input: this.#inputOf(client), onBytes: (bytes: Buffer) => void client.write(bytes) }),
    });
  }

  #inputOf(client: Duplex): Readable {
    const onInterrupt = () => void this.stop();
    return client.pipe(terminalInput({ isTerminal: this.#options.isTerminal, onInterrupt }));
  }

  #enter(state: DynoState): void {
    if (state === this.#state) return;
    this.#say(`State changed from ${this.#state} to ${state}`);
    this.#state = state;
    this.#updatedAt = this.#context.clock.timestamp();
  }

  #end(): void {
    this.#meeting?.cancel();
    for (const alarm of this.#alarms) alarm.cancel();
    this.#enter('complete');
    this.#onEnd();
  }

  #say(message: string): void {
    this.#context.log.write('heroku', this.plan.name, message);
  }
}
