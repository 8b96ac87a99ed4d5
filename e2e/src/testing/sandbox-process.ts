import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSandbox, type SandboxConnection } from '@tozo/sandbox';
import { deployOnce } from './deploy-once.ts';
import { removeApp } from './remove-app.ts';
import { createShop, type Shop } from './shop.ts';
import { cleanEnvironment, type CommandResult, type RunningCommand, runTozo, startTozo } from './tozo.ts';

/** The response of a shop's web address. */
export interface Visit {
  readonly status: number;
  readonly digest: string | null;
  readonly greeting?: string;
  readonly pid?: number;
  readonly level?: string;
}

/** A sandbox in its own process and with its own state. The tests of one file share it, each with its own shop. */
export interface SandboxProcess extends AsyncDisposable {
  /** The directory with the state of the sandbox and of the command. */
  readonly state: string;
  /** Connects to the process, and starts it if no deploy has done so yet. */
  connect(): Promise<SandboxConnection>;
  /** Creates a shop that was never deployed. */
  newShop(): Promise<DeployableShop>;
  /** Creates a shop and deploys its first version, which says hello. */
  runningShop(): Promise<DeployableShop>;
}

/** A shop that `tozo deploy` deploys to the sandbox. */
export interface DeployableShop extends Shop {
  start(...args: string[]): RunningCommand;
  deploy(...args: string[]): Promise<CommandResult>;
  /** Runs another command of `tozo` in the shop's directory. */
  tozo(...args: string[]): Promise<CommandResult>;
  plan(...args: string[]): Promise<CommandResult>;
  promote(from: string, to: string, ...args: string[]): Promise<CommandResult>;
  visit(): Promise<Visit>;
}

export async function createSandboxProcess(): Promise<SandboxProcess> {
  const state = await mkdtemp(join(tmpdir(), 'tozo-e2e-state-'));
  const dir = join(state, 'sandbox');
  const env = cleanEnvironment({
    TOZO_SANDBOX_DIR: dir,
    XDG_STATE_HOME: join(state, 'state'),
    XDG_CACHE_HOME: join(state, 'cache'),
  });
  let connection: Promise<SandboxConnection> | undefined;
  const connect = () => (connection ??= connectOrStart());
  async function connectOrStart(): Promise<SandboxConnection> {
    const running = await connectSandbox({ dir });
    if (running) return running;
    const { code, stderr } = await runTozo(['sandbox', 'start'], { cwd: state, env });
    const started = code === 0 ? await connectSandbox({ dir }) : undefined;
    if (!started) throw new Error(`The sandbox did not start: ${stderr}`);
    return started;
  }
  async function newShop(): Promise<DeployableShop> {
    const shop = await createShop();
    const run = (command: string, args: string[]) =>
      startTozo([command, '--sandbox', ...args], { cwd: shop.directory, env });
    const start = (...args: string[]) => run('deploy', args);
    return {
      ...shop,
      start,
      deploy: (...args) => start(...args).result,
      tozo: (...args) => runTozo(args, { cwd: shop.directory, env }),
      plan: (...args) => run('plan', args).result,
      promote: (...args) => run('promote', args).result,
      async visit() {
        const response = await fetch((await (await connect()).ensureApp(shop.name)).webUrl);
        const body = response.ok ? ((await response.json()) as object) : {};
        return { status: response.status, digest: response.headers.get('x-source-digest'), ...body };
      },
      async [Symbol.asyncDispose]() {
        const { urls, apiKey: key } = await connect();
        await removeApp({ url: urls.heroku, key }, shop.name);
        await shop[Symbol.asyncDispose]();
      },
    };
  }
  return {
    state,
    connect,
    newShop,
    async runningShop() {
      const [shop, sandbox] = await Promise.all([newShop(), connect()]);
      await sandbox.ensureApp(shop.name);
      const { report } = await deployOnce(shop.directory, shop.name, sandbox);
      if (report.outcome !== 'deployed') throw new Error(`The first version is not running: ${report.text}`);
      return shop;
    },
    async [Symbol.asyncDispose]() {
      await (await connectSandbox({ dir }))?.stop();
      await rm(state, { recursive: true, force: true });
    },
  };
}
