import type { DynoRunner } from '../../dynos/dyno.ts';
import type { AppLog } from '../state/app-log.ts';
import type { Clock } from '../../time/clock.ts';
import { memoryMbOf } from '../dynos/dyno-sizes.ts';
import type { DynoPlan } from '../dynos/supervised-dyno.ts';
import { splitCommand } from '../dynos/supervised-dyno.ts';

export interface ReleasePhase {
  readonly plan: DynoPlan;
  readonly runner: DynoRunner;
  readonly log: AppLog;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Aborts when the sandbox stops, and ends the command early. */
  readonly signal: AbortSignal;
  readonly onOutput: (bytes: Buffer) => void;
}

/** Runs a release's command to its end: `succeeded` on exit code 0, `expired` on timeout or abort, else `failed`. */
export async function runReleasePhase(phase: ReleasePhase): Promise<'succeeded' | 'failed' | 'expired'> {
  const { plan, log, onOutput } = phase;
  const say = (message: string) => log.write('heroku', plan.name, message);
  say(`Starting process with command \`${plan.commandText}\``);
  try {
    const dyno = await phase.runner.start({
      app: plan.app,
      name: plan.name,
      image: plan.image,
      configVars: plan.configVars,
      releaseVersion: plan.release.version,
      memoryMb: memoryMbOf(plan.size),
      onNotice: say,
      ...(plan.command === undefined ? {} : { command: splitCommand(plan.command) }),
      onOutput: (line) => log.write('app', plan.name, line),
      onBytes: onOutput,
    });
    say('State changed from starting to up');
    const exited = new AbortController();
    const signal = AbortSignal.any([exited.signal, phase.signal]);
    const ended = await Promise.race([
      dyno.exited,
      phase.clock.wait(phase.timeoutMs, { signal }).then(() => undefined),
    ]);
    exited.abort();
    if (!ended) await dyno.stop();
    const exit = await dyno.exited;
    say(`Process exited with status ${exit.code ?? exit.signal ?? 'unknown'}`);
    if (!ended) return 'expired';
    return exit.code === 0 ? 'succeeded' : 'failed';
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`Process failed to start: ${reason}`);
    onOutput(Buffer.from(`${reason}\n`));
    return 'failed';
  }
}
