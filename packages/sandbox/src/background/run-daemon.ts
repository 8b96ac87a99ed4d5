import { randomBytes, randomUUID } from 'node:crypto';
import { assertPortFree } from '../http/listen.ts';
import type { Sandbox } from '../server/sandbox.ts';
import { startSandbox } from '../server/server.ts';
import { createAdminIntercept } from './admin.ts';
import { readConnection, removeConnection, writeConnection } from './connection.ts';
import { packageVersion } from '../process/package-version.ts';
import type { DaemonOptions } from './spawn-daemon.ts';
import type { SandboxStatus } from './status.ts';

const checkIntervalMs = 2000;
/** After this the process exits, and the dynos' guard kills what is still running. */
const stopTimeoutMs = 4000;
const preferredAppPort = 5001;

/** Serves until it is stopped, idle for too long, or its state directory is removed. */
export async function runDaemon({ dir, idleMinutes, dynos, tlsPort }: DaemonOptions): Promise<void> {
  const id = randomUUID();
  const adminToken = randomBytes(24).toString('base64url');
  const startedAt = new Date().toISOString();
  const intercept = createAdminIntercept(adminToken, () => ({ sandbox, status, stop }));
  const tls = tlsPort !== undefined && { port: tlsPort };
  const appPorts = await assertPortFree({ port: preferredAppPort, purpose: 'the first app' }).then(
    () => ({ firstAppPort: preferredAppPort }),
    () => ({}),
  );
  const sandbox = await startSandbox({ dir, ...appPorts, dynos, tls }, intercept);
  sandbox.journal.hide(adminToken);
  const { urls, apiKey, gitlabToken, gitlabJobToken } = sandbox;

  let isStopping = false;
  function stop(): void {
    if (isStopping) return;
    isStopping = true;
    clearInterval(watch);
    removeConnection(dir, id);
    setTimeout(() => process.exit(0), stopTimeoutMs).unref();
    void sandbox
      .close()
      .catch((error: unknown) => process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`))
      .then(() => process.exit(0));
  }
  function status(): SandboxStatus {
    return statusOf(sandbox, { id, startedAt, dir, idleMinutes, dynos });
  }
  const watch = setInterval(() => {
    const isOurs = readConnection(dir)?.id === id;
    if (!isOurs || sandbox.journal.idleMs() > idleMinutes * 60_000) stop();
  }, checkIntervalMs);

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  process.on('SIGHUP', () => undefined);
  writeConnection(dir, {
    id,
    pid: process.pid,
    version: packageVersion,
    startedAt,
    urls,
    tls: sandbox.tls,
    apiKey,
    gitlabToken,
    gitlabJobToken,
    adminToken,
  });
}

function statusOf(
  sandbox: Sandbox,
  run: Pick<SandboxStatus, 'id' | 'startedAt' | 'dir' | 'idleMinutes' | 'dynos'>,
): SandboxStatus {
  return {
    ...run,
    pid: process.pid,
    version: packageVersion,
    urls: sandbox.urls,
    tls: sandbox.tls,
    apps: sandbox.apps(),
    faults: sandbox.faults.list(),
    requests: sandbox.journal.size,
    busy: sandbox.isBusy(),
    idleMs: sandbox.journal.idleMs(),
  };
}
