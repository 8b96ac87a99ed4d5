import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/* A sandbox whose state directory is full or read-only: a tmpfs in a mount namespace that ends with its process. */
const program = fileURLToPath(new URL('doomed-sandbox.ts', import.meta.url));
const node = [process.execPath, '--conditions=@tozo/source', '--import=tsx', program];
const isPossible = process.getuid?.() === 0 && canUnshare();
if (!isPossible) console.log('skipped: mount namespaces need root and unshare (apt-get install util-linux)');

interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly urls: Readonly<Record<'heroku' | 'registry' | 'gitlab', string>>;
  readonly apiKey: string;
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tozo-bad-state-'));
});
afterAll(async () => await rm(dir, { recursive: true, force: true }));

describe.skipIf(!isPossible)('a sandbox', () => {
  it.each([
    ['full', 'size=4k', /STATE_UNWRITABLE: ENOSPC: .*Free some space/],
    ['read-only', 'size=1m,ro', /STATE_UNWRITABLE: E(ROFS|ACCES): .*Make the state directory writable/],
  ])('with a %s state directory fails to start, and says what to do', async (_, options, message) => {
    const child = start(options);
    const [stderr, [code]] = await Promise.all([text(child.stderr!), once(child, 'exit')]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(message);
    expect(stderr).toContain(dir);
  });

  it('whose state directory fills up returns 503 with the reason, keeps what it accepted, and responds again after', async () => {
    await using sandbox = await running(start('size=2m'));
    const uploads = `${sandbox.urls.registry}/v2/shop/web/blobs/uploads/`;
    const startUpload = () => fetch(uploads, { method: 'POST', headers: basic(sandbox) });
    const configVars = async (value: string) =>
      await fetch(`${sandbox.urls.heroku}/apps/shop/config-vars`, {
        method: 'PATCH',
        headers: bearer(sandbox),
        body: JSON.stringify({ VALUE: value }),
      });
    expect((await configVars('accepted')).status).toBe(200);

    const location = (await startUpload()).headers.get('location');
    const full = await fetch(String(location), {
      method: 'PATCH',
      headers: basic(sandbox),
      body: new Uint8Array(randomBytes(4_000_000)),
    });
    expect(full.status).toBe(503);
    expect(await full.text()).toContain('no space left');
    const rejected = await configVars('x'.repeat(60_000));
    expect(rejected.status).toBe(503);
    expect(await rejected.text()).toContain('Free some space');
    expect((await startUpload()).status).toBeOneOf([202, 503]);

    const read = await fetch(`${sandbox.urls.heroku}/apps/shop/config-vars`, { headers: bearer(sandbox) });
    expect(await read.json()).toEqual({ VALUE: 'accepted' });
    const canceled = await fetch(String(location), { method: 'DELETE', headers: basic(sandbox) });
    expect(canceled.status).toBe(204);
    expect((await configVars('after')).status).toBe(200);
  });

  it('listens only on loopback', async () => {
    await using sandbox = await running(start('size=2m'));
    const listening = listeningAddresses(sandbox.pid);
    expect(listening.length).toBeGreaterThanOrEqual(5);
    expect(new Set(listening)).toEqual(new Set(['127.0.0.1']));
  });
});

function start(options: string): ChildProcess {
  const mounted = 'mount -t tmpfs -o "$0" tozo-state "$1" && dir=$1 && shift && exec "$@" "$dir"';
  const args = ['--mount', 'sh', '-c', mounted, options, dir, ...node];
  return spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function running(child: ChildProcess): Promise<Running> {
  const [line] = (await once(createInterface(child.stdout!), 'line')) as [string];
  const { urls, apiKey } = JSON.parse(line) as Pick<Running, 'urls' | 'apiKey'>;
  return {
    // unshare and sh replaced themselves with the program.
    pid: child.pid!,
    urls,
    apiKey,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Returns the addresses that a process listens on, according to the kernel. */
function listeningAddresses(pid: number): string[] {
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((row) => row.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.includes(`socket:[${inode}]`))
      .map(([, local = '']) => addressOf(local.split(':')[0] ?? '')),
  );
}

/** Parses an IPv4 address such as `0100007F`, whose bytes are reversed. Anything longer is returned unchanged. */
function addressOf(hex: string): string {
  return hex.length === 8 ? [...Buffer.from(hex, 'hex')].toReversed().join('.') : hex;
}

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const basic = ({ apiKey }: Running) => ({ authorization: `Basic ${Buffer.from(`_:${apiKey}`).toString('base64')}` });
const bearer = ({ apiKey }: Running) => ({
  accept: 'application/vnd.heroku+json; version=3',
  authorization: `Bearer ${apiKey}`,
});
