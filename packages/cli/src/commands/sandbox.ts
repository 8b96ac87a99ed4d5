import {
  connectSandbox,
  describeFault,
  type DynoKind,
  isFaultUnfired,
  type SandboxConnection,
  type SandboxTls,
  type SetFault,
} from '@tozo/sandbox/connect';
import type { CommandContext } from '../command-context.ts';
import type { Output } from '../output/output.ts';
import { UsageError } from '../usage-error.ts';

export interface SandboxOptions {
  readonly json?: boolean;
  /** For `start`. */
  readonly dynos?: DynoKind;
  /** For `start`: also serve over TLS, on this port; 0 for any free one. */
  readonly tls?: true | number;
  /** For `start`: prints the journal afterwards. */
  readonly follow?: boolean;
}

/** `tozo sandbox start|stop|status|reset`. Returns the exit code. */
export async function sandboxCommand(
  action: 'start' | 'stop' | 'status' | 'reset',
  { json = false, dynos, tls }: SandboxOptions,
  { stdout }: CommandContext,
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
    const faultsLeft = await unfiredFaults(sandbox);
    print(
      stdout,
      json,
      { running: true, faultsLeft },
      `Deleted everything deployed.${describeUnfired(faultsLeft, "haven't fired yet")}`,
    );
    return 0;
  }
  await printStatus(sandbox, json, stdout);
  return 0;
}

/** Connects to the running sandbox. Throws UsageError when none is running. */
export async function connectRunning(): Promise<SandboxConnection> {
  const sandbox = await connectSandbox();
  if (!sandbox) throw new UsageError(notRunning);
  return sandbox;
}

/** Prints a value as one line of JSON, or as text. */
export function print(stdout: Output, json: boolean, value: object, text: string): void {
  if (json) stdout.writeJson(value);
  else stdout.write(`${text}\n`);
}

const notRunning = "The sandbox isn't running. Start it: tozo sandbox start";

/** Fails when a fault didn't fire: then the test didn't test what it meant to. */
async function stop(sandbox: SandboxConnection, json: boolean, stdout: Output): Promise<number> {
  const faultsLeft = await unfiredFaults(sandbox);
  await sandbox.stop();
  print(
    stdout,
    json,
    { running: false, faultsLeft },
    `Stopped.${describeUnfired(faultsLeft, "didn't fire as often as configured")}`,
  );
  return faultsLeft.length > 0 ? 1 : 0;
}

async function unfiredFaults(sandbox: SandboxConnection): Promise<SetFault[]> {
  return (await sandbox.faults()).filter(isFaultUnfired);
}

function describeUnfired(left: readonly SetFault[], what: string): string {
  return left.length === 0
    ? ''
    : [` Faults that ${what}:`, ...left.map((fault) => `  ${describeFault(fault)}`)].join('\n');
}

async function printStatus(sandbox: SandboxConnection, json: boolean, stdout: Output): Promise<void> {
  const status = await sandbox.status();
  const { heroku, registry, gitlab } = sandbox.urls;
  const apps = status.apps.map(({ name, webUrl }) => `  ${name}  ${webUrl}`);
  const faults = status.faults.map((fault) => `  ${describeFault(fault)}`);
  const text = [
    `The sandbox is running (process ${sandbox.pid}).`,
    `  Heroku API  ${heroku}`,
    `  registry    ${registry}`,
    `  GitLab API  ${gitlab}`,
    ...tlsLines(status.tls),
    ...(apps.length > 0 ? ['Apps:', ...apps] : ['No apps yet. Deploy one: tozo deploy --sandbox']),
    ...(faults.length > 0 ? ['Faults:', ...faults] : []),
  ].join('\n');
  print(stdout, json, { running: true, ...status }, text);
}

/** Lists what a client needs to use the real host names. */
function tlsLines(tls: SandboxTls | undefined): string[] {
  if (!tls) return [];
  const names = Object.values(tls.names).flat().join(', ');
  return [`  TLS         127.0.0.1:${tls.port} for ${names}`, `  CA file     ${tls.caFile}`];
}
