import type { Writable } from 'node:stream';
import {
  connectSandbox,
  describeFault,
  type DynoKind,
  isFaultLeft,
  type SandboxConnection,
  type SandboxTls,
  type SetFault,
} from '@tozo/sandbox/connect';
import type { Surroundings } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';

export interface SandboxOptions {
  readonly json?: boolean;
  /** Of `start`. */
  readonly dynos?: DynoKind;
  /** Of `start`: whether to serve by TLS too, and at which port; 0 for any. */
  readonly tls?: true | number;
}

/** `tozo sandbox start|stop|status|reset`. Gives the exit code. */
export async function sandboxCommand(
  action: 'start' | 'stop' | 'status' | 'reset',
  { json = false, dynos, tls }: SandboxOptions,
  { stdout }: Surroundings,
): Promise<number> {
  const sandbox = await connectSandbox({
    start: action === 'start' || action === 'reset',
    ...(dynos && { dynos }),
    ...(tls !== undefined && { tls: tls === true ? true : { port: tls } }),
  });
  if (!sandbox) {
    print(stdout, json, { running: false }, notRunning);
    return 0;
  }
  if (action === 'stop') return await stop(sandbox, json, stdout);
  if (action === 'reset') {
    await sandbox.reset();
    const faultsLeft = await leftOf(sandbox);
    print(
      stdout,
      json,
      { running: true, faultsLeft },
      `Everything that was deployed is gone.${leftText(faultsLeft, 'still wait')}`,
    );
    return 0;
  }
  await printStatus(sandbox, json, stdout);
  return 0;
}

/** Throws when none runs: there is nothing to ask. */
export async function runningSandbox(): Promise<SandboxConnection> {
  const sandbox = await connectSandbox();
  if (!sandbox) throw new UsageError(notRunning);
  return sandbox;
}

/** Prints a value as a line of JSON, or its text for people. */
export function print(stdout: Writable, json: boolean, value: object, text: string): void {
  stdout.write(`${json ? JSON.stringify(value) : text}\n`);
}

const notRunning = 'The sandbox is not running. Start it: tozo sandbox start';

/** A fault that is left over when all ends means that a test has not tested what it was about. */
async function stop(sandbox: SandboxConnection, json: boolean, stdout: Writable): Promise<number> {
  const faultsLeft = await leftOf(sandbox);
  await sandbox.stop();
  print(
    stdout,
    json,
    { running: false, faultsLeft },
    `Stopped.${leftText(faultsLeft, 'had not fired as often as they should')}`,
  );
  return faultsLeft.length > 0 ? 1 : 0;
}

async function leftOf(sandbox: SandboxConnection): Promise<SetFault[]> {
  return (await sandbox.faults()).filter(isFaultLeft);
}

function leftText(left: readonly SetFault[], what: string): string {
  return left.length === 0
    ? ''
    : [` Faults that ${what}:`, ...left.map((fault) => `  ${describeFault(fault)}`)].join('\n');
}

async function printStatus(sandbox: SandboxConnection, json: boolean, stdout: Writable): Promise<void> {
  const status = await sandbox.status();
  const { heroku, registry, gitlab } = sandbox.urls;
  const apps = status.apps.map(({ name, webUrl }) => `  ${name}  ${webUrl}`);
  const faults = status.faults.map((fault) => `  ${describeFault(fault)}`);
  const text = [
    `The sandbox runs (process ${sandbox.pid}).`,
    `  Heroku API  ${heroku}`,
    `  registry    ${registry}`,
    `  GitLab API  ${gitlab}`,
    ...tlsLines(status.tls),
    ...(apps.length > 0 ? ['Apps:', ...apps] : ['No apps yet. Deploy one: tozo deploy --sandbox']),
    ...(faults.length > 0 ? ['Faults:', ...faults] : []),
  ].join('\n');
  print(stdout, json, { running: true, ...status }, text);
}

/** What a client needs to reach the real names here. */
function tlsLines(tls: SandboxTls | undefined): string[] {
  if (!tls) return [];
  const names = Object.values(tls.names).flat().join(', ');
  return [`  by TLS      127.0.0.1:${tls.port} for ${names}`, `  trust       ${tls.caFile}`];
}
