import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DeployReport } from '@tozo/deploy';
import { build } from 'esbuild';
import type { DeployOrder } from './deployer-process.ts';

/** A process that deploys, to be killed, or to be another machine. */
export interface Deployer extends AsyncDisposable {
  /** Rejects if the process ends before it has deployed. */
  deploy(order: DeployOrder): Promise<DeployReport>;
  /** Kills it and waits for its end. */
  kill(): Promise<void>;
}

let program: Promise<string> | undefined;

/** @param state the directory of what tozo keeps from run to run: one per machine */
export async function startDeployer(state: string): Promise<Deployer> {
  program ??= compile();
  const child = fork(await program, { env: { ...process.env, XDG_STATE_HOME: state }, execArgv: [] });
  const exited = once(child, 'exit');
  const nextMessage = async (): Promise<unknown> => {
    const ended = exited.then(([code, signal]) => {
      throw new Error(`The process that deploys exited with ${code ?? signal}.`);
    });
    const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
    return message;
  };
  await nextMessage();
  const deployer: Deployer = {
    async deploy(order) {
      child.send(order);
      return (await nextMessage()) as DeployReport;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await deployer.kill();
    },
  };
  return deployer;
}

/** One file starts faster than many. */
async function compile(): Promise<string> {
  const outfile = fileURLToPath(new URL('../../out/deployer.mjs', import.meta.url));
  await build({
    entryPoints: [join(import.meta.dirname, 'deployer-process.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@tozo/source'],
    plugins: [
      {
        name: 'third-party-stays-outside',
        setup: (build) =>
          build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
            path.startsWith('@tozo/') || kind === 'entry-point' ? undefined : { path, external: true },
          ),
      },
    ],
    logLevel: 'error',
  });
  return outfile;
}
