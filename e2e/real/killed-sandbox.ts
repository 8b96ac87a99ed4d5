import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Seed } from '@tozo/sandbox';

const program = fileURLToPath(new URL('doomed-sandbox.ts', import.meta.url));

const image = (text: string) => ({
  files: { 'app/main.js': `console.log('${text}'); setInterval(() => undefined, 1000);` },
  command: ['node', 'main.js'],
});
/** What the sandbox has from its start. */
export const seed = {
  time: '2040-01-31T12:00:00Z',
  apps: [
    {
      name: 'stage',
      configVars: { LOG_LEVEL: 'debug' },
      releases: [{ images: { web: image('first') } }, { images: { web: image('second') } }],
      formation: { web: { quantity: 0 } },
    },
  ],
  projects: [{ path: 'store/stage', variables: [{ key: 'API_URL', value: 'https://example.com' }] }],
} satisfies Seed;

/** A sandbox in a process of its own, which can be killed. */
export interface Running {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  readonly urls: { readonly heroku: string; readonly registry: string; readonly gitlab: string };
  readonly apiKey: string;
  readonly gitlabToken: string;
  /** The sandbox's time at its start, in ISO format. */
  readonly now: string;
}

export function spawnSandbox(dir: string): ChildProcess {
  const args = ['--conditions=@tozo/source', '--import=tsx', program, dir, 'process', JSON.stringify(seed)];
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

export async function start(dir: string): Promise<Running> {
  const child = spawnSandbox(dir);
  child.stdin?.on('error', () => undefined);
  const died = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The sandbox exited at its start: ${code}`)),
  );
  const lines = createInterface(child.stdout as Readable)[Symbol.asyncIterator]();
  const { value: line } = (await Promise.race([lines.next(), died])) as { value: string };
  died.catch(() => undefined);
  return { child, lines, ...(JSON.parse(line) as Omit<Running, 'child' | 'lines'>) };
}

export async function end({ child }: Pick<Running, 'child'>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** What is to be seen of the whole seed. */
export const seeded = {
  releases: ['Initial rele', 'Enable Logpl', 'Set LOG_LEVE', 'Deployed web', 'Deployed web'],
  variables: ['API_URL=https://example.com'],
};

/** Returns what is to be seen of the seed. */
export async function seededIn(sandbox: Running): Promise<typeof seeded> {
  const headers = { 'private-token': sandbox.gitlabToken };
  const response = await fetch(`${sandbox.urls.gitlab}/api/v4/projects/store%2Fstage/variables`, { headers });
  const variables = (await response.json()) as { key: string; value: string }[];
  return {
    releases: (await releases(sandbox, 'stage')).map(({ description }) => description.slice(0, 12)),
    variables: variables.map(({ key, value }) => `${key}=${value}`),
  };
}

export interface Release {
  readonly version: number;
  readonly created_at: string;
  readonly description: string;
}

export async function releases(sandbox: Running, app = 'shop'): Promise<Release[]> {
  const headers = { ...bearer(sandbox, '3'), range: 'version ..; max=1000' };
  const response = await fetch(`${sandbox.urls.heroku}/apps/${app}/releases`, { headers });
  return (await response.json()) as Release[];
}

export const basic = ({ apiKey }: Running) => ({
  authorization: `Basic ${Buffer.from(`_:${apiKey}`).toString('base64')}`,
});
export const bearer = ({ apiKey }: Running, version: string) => ({
  accept: `application/vnd.heroku+json; version=${version}`,
  authorization: `Bearer ${apiKey}`,
});
