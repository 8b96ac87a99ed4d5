import type { AppStatus, DeployReport } from '@tozo/deploy';
import type { Sandbox } from '@tozo/sandbox';
import { callHeroku } from './call-heroku.ts';
import { type Deployed, type DeployOnceOptions, deployOnce, readStatusOnce } from './deploy-once.ts';
import { type Prober, startProber, visit } from './prober.ts';
import { removeApp } from './remove-app.ts';
import { createShop, type Shop } from './shop.ts';

/** How a version of the app behaves. */
export type Behavior =
  'good' | 'crashes' | 'never binds' | 'answers 500' | 'answers as v1' | 'release phase fails' | 'redirects away';

export interface Version {
  readonly version: number;
  readonly behavior?: Behavior;
  /** Whether deploy.json names a header in which the app reports its version. */
  readonly marker?: boolean;
  readonly worker?: boolean | number;
  readonly clock?: boolean;
  readonly releasePhase?: boolean;
  /** The value of the config var LEVEL; absent: not declared. */
  readonly level?: string;
  /** Seconds for which this version may be unhealthy. */
  readonly timeoutSeconds?: number;
  readonly web?: false | Readonly<Record<string, unknown>>;
  /** Merged into deploy.json. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What runs, as far as the platform and the app's users see it. */
export interface RunningState {
  readonly response: string;
  readonly configVars: Readonly<Record<string, string>>;
  readonly formation: Readonly<Record<string, number>>;
  /** The description of the release of images that runs, rollbacks followed. */
  readonly images: string;
  readonly current: number;
  readonly releases: readonly ReleaseRow[];
}

export interface ReleaseRow {
  readonly version: number;
  readonly status: string;
  readonly current: boolean;
  readonly description: string;
  readonly user: { readonly email: string };
}

/** A small app in a sandbox whose versions are written and deployed by one test. */
export interface TrialApp extends AsyncDisposable {
  readonly name: string;
  readonly directory: string;
  readonly url: string;
  write(version: Version): Promise<void>;
  edit: Shop['edit'];
  /** Returns another directory, from which a version can be deployed to the same app. */
  copy(): Promise<Pick<TrialApp, 'directory' | 'write'> & AsyncDisposable>;
  /** @param options `urls` in place of the sandbox's */
  deploy(options?: DeployOnceOptions & { readonly urls?: Sandbox['urls'] }): Promise<Deployed>;
  /** Writes and deploys a version that has to go live. */
  run(version: Version): Promise<DeployReport>;
  probe(): Prober;
  state(): Promise<RunningState>;
  /** What `tozo status --history` says. */
  status(): Promise<AppStatus>;
  /** Calls the Heroku API as a person would, outside of the deploy. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
}

export async function createTrialApp(sandbox: Sandbox, { preboot = false } = {}): Promise<TrialApp> {
  const shop = await createShop();
  const { name, directory } = shop;
  const { webUrl } = await sandbox.createApp(name);
  const call = (method: string, path: string, body?: unknown) =>
    callHeroku(sandbox, method, `/apps/${name}${path}`, { body });
  if (preboot) await call('PATCH', '/features/preboot', { enabled: true });
  const trial: TrialApp = {
    name,
    directory,
    url: webUrl,
    write: (version) => writeVersion(shop, version),
    edit: (file, change) => shop.edit(file, change),
    async copy() {
      const other = await createShop(name);
      return { ...other, write: (version) => writeVersion(other, version) };
    },
    deploy: ({ urls = sandbox.urls, ...options } = {}) =>
      deployOnce(directory, name, { urls, apiKey: sandbox.apiKey }, options),
    async run(version) {
      await trial.write(version);
      const { report } = await trial.deploy();
      if (report.outcome !== 'deployed') throw new Error(`v${version.version} isn't running: ${report.text}`);
      return report;
    },
    probe: () => startProber(webUrl),
    state: () => readState(call, webUrl),
    status: () => readStatusOnce(directory, name, sandbox),
    call,
    async [Symbol.asyncDispose]() {
      await removeApp({ url: sandbox.urls.heroku, key: sandbox.apiKey }, name);
      await shop[Symbol.asyncDispose]();
    },
  };
  return trial;
}

/** The response of a good version. */
export function responseOf(version: number, level?: string): string {
  return JSON.stringify({ version, ...(level === undefined ? {} : { level }) });
}

async function writeVersion(
  shop: { write(file: string, content: string): Promise<void> },
  { version, behavior = 'good', marker = true, worker, clock, releasePhase, level, ...more }: Version,
): Promise<void> {
  const { timeoutSeconds = 60, web = {}, config = {} } = more;
  const phase = releasePhase || behavior === 'release phase fails';
  const versionHeader = marker ? { versionHeader: 'x-version' } : {};
  const health = { path: '/', holdSeconds: 0.1, successes: 2, timeoutSeconds, ...versionHeader };
  const dynos = typeof worker === 'number' ? worker : 1;
  const processes = {
    ...(phase ? { release: { command: ['node', 'migrate.js'] } } : {}),
    ...(web ? { web: { health, ...web } } : {}),
    ...(worker === undefined || worker === false ? {} : { worker: { command: ['node', 'wait.js'], dynos } }),
    ...(clock ? { clock: { command: ['node', 'wait.js'], dynos: 1 } } : {}),
  };
  const configVars = level === undefined ? {} : { configVars: { LEVEL: level } };
  const failure = behavior === 'release phase fails' ? 'console.log("no table"); process.exit(1);\n' : '';
  await Promise.all([
    shop.write('deploy.json', JSON.stringify({ processes, ...configVars, ...config })),
    shop.write('Dockerfile', dockerfile),
    shop.write('package.json', '{ "type": "module" }'),
    shop.write('server.js', serverOf(version, behavior)),
    shop.write('migrate.js', `console.log("migrated to ${version}");\n${failure}`),
    shop.write('wait.js', 'setInterval(() => {}, 1000);\n'),
  ]);
}

const dockerfile = `FROM node:20-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
COPY package.json server.js migrate.js wait.js ./
CMD ["node", "server.js"]
`;

function serverOf(version: number, behavior: Behavior): string {
  if (behavior === 'crashes') return `console.error("no database for ${version}"); process.exit(1);\n`;
  if (behavior === 'never binds') return `console.log("version ${version} waits"); setInterval(() => {}, 1000);\n`;
  const isImpostor = behavior === 'answers as v1';
  const status = { 'answers 500': 500, 'redirects away': 302 }[behavior as string] ?? 200;
  const more = behavior === 'redirects away' ? `, location: 'http://localhost:1/login'` : '';
  return `import { createServer } from 'node:http';
// version ${version}
const body = JSON.stringify({ version: ${isImpostor ? 1 : version}, level: process.env.LEVEL });
createServer((request, response) => {
  response.writeHead(${status}, { 'x-version': ${isImpostor ? '"that of v1"' : 'process.env.SOURCE_DIGEST'}${more} }).end(body);
}).listen(process.env.PORT);
`;
}

async function readState(call: TrialApp['call'], webUrl: string): Promise<RunningState> {
  const [response, configVars, formation, releases] = await Promise.all([
    visit(webUrl),
    call('GET', '/config-vars') as Promise<Record<string, string>>,
    call('GET', '/formation') as Promise<{ type: string; quantity: number }[]>,
    call('GET', '/releases') as Promise<ReleaseRow[]>,
  ]);
  const rows = releases.toSorted((a, b) => b.version - a.version);
  return {
    response: response.text,
    configVars,
    formation: Object.fromEntries(formation.map(({ type, quantity }) => [type, quantity])),
    images: imagesOf(rows),
    current: rows.find(({ current }) => current)?.version ?? 0,
    releases: rows,
  };
}

/** Follows rollbacks and changes of config vars to the release whose images run. */
function imagesOf(rows: readonly ReleaseRow[]): string {
  let row = rows.find(({ current }) => current);
  while (row) {
    if (row.description.startsWith('Deployed')) return row.description;
    const back = /^Rollback to v(\d+)$/.exec(row.description)?.[1];
    const { version } = row;
    row = back
      ? rows.find((other) => other.version === Number(back))
      : rows.find((other) => other.version < version && other.status === 'succeeded');
  }
  return 'none';
}
