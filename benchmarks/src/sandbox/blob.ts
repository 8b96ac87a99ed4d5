import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runCommand } from '../process.ts';
import { startBaseRegistry } from '../servers/base-registry.ts';
import { ratios } from '../statistics.ts';
import type { Finding } from './finding.ts';
import { startSandboxProcess } from './server.ts';

/** A registry that a blob is uploaded to and downloaded from. */
interface Target {
  /** `http://127.0.0.1:PORT/v2/NAME/blobs` */
  readonly blobs: string;
  readonly authorization?: string;
}

interface Transfer {
  readonly inRate: number;
  readonly outRate: number;
}

const pieceSize = 2 ** 20;

/**
 * Measures uploads and downloads of a huge blob with the sandbox's registry and distribution, in turns, each time with a new
 * server: MB per second, and the sandbox's peak memory.
 */
export async function measureBlob(directory: string, gibibytes: number, rounds: number): Promise<Finding[]> {
  const pieces = gibibytes * 1024;
  const digest = digestOf(pieces);
  const ours: (Transfer & { readonly residentMb: number })[] = [];
  const theirs: Transfer[] = [];
  for (let round = 1; round <= rounds; round++) {
    ours.push(await inDirectory(join(directory, `sandbox-${round}`), (dir) => throughSandbox(dir, pieces, digest)));
    theirs.push(
      await inDirectory(join(directory, `registry-${round}`), (dir) => throughDistribution(dir, pieces, digest)),
    );
    console.error(`blob, round ${round}: ${JSON.stringify({ ours: ours.at(-1), theirs: theirs.at(-1) })}`);
  }
  const rates = (all: readonly Transfer[], way: 'inRate' | 'outRate') => all.map((one) => one[way]);
  return [
    ...compareRates(`${gibibytes} GiB blob in`, rates(ours, 'inRate'), rates(theirs, 'inRate'), 1),
    ...compareRates(`${gibibytes} GiB blob out`, rates(ours, 'outRate'), rates(theirs, 'outRate'), 0.95),
    { name: 'peak resident memory, MiB', values: ours.map(({ residentMb }) => residentMb), goal: { max: 120 } },
  ];
}

function compareRates(name: string, ours: readonly number[], theirs: readonly number[], min: number): Finding[] {
  return [
    { name: `${name}, MB/s`, values: ours },
    { name: `${name}, distribution, MB/s`, values: theirs },
    { name: `${name}, ÷ distribution`, values: ratios(ours, theirs), digits: 2, goal: { min } },
  ];
}

async function throughSandbox(directory: string, pieces: number, digest: string) {
  await using server = await startSandboxProcess(directory);
  const authorization = `Basic ${Buffer.from(`_:${server.apiKey}`).toString('base64')}`;
  const rates = await transfer({ blobs: `${server.urls.registry}/v2/shop/web/blobs`, authorization }, pieces, digest);
  return { ...rates, residentMb: await peakMemory(server.pid) };
}

async function throughDistribution(directory: string, pieces: number, digest: string): Promise<Transfer> {
  await using server = await startBaseRegistry(directory);
  return await transfer({ blobs: `http://${server.host}/v2/shop/web/blobs` }, pieces, digest);
}

async function transfer({ blobs, authorization }: Target, pieces: number, digest: string): Promise<Transfer> {
  const headers = { ...(authorization && { authorization }) };
  const megabytes = (pieces * pieceSize) / 1e6;
  const startedIn = performance.now();
  const opened = await fetch(`${blobs}/uploads/`, { method: 'POST', headers });
  const location = new URL(opened.headers.get('location') ?? '', blobs);
  location.searchParams.set('digest', digest);
  const length = { 'content-length': String(pieces * pieceSize), 'content-type': 'application/octet-stream' };
  const sending = request(location, { method: 'PUT', headers: { ...headers, ...length } });
  const responded = once(sending, 'response') as Promise<[{ statusCode: number }]>;
  await pipeline(Readable.from(contentOf(pieces), { objectMode: false }), sending);
  const [{ statusCode }] = await responded;
  if (statusCode !== 201) throw new Error(`${location.origin} returned ${statusCode} for the blob`);
  const startedOut = performance.now();
  const stored = await fetch(`${blobs}/${digest}`, { headers });
  let received = 0;
  for await (const chunk of stored.body!) received += (chunk as Uint8Array).length;
  if (received !== pieces * pieceSize) throw new Error(`The download had ${received} bytes.`);
  const ended = performance.now();
  return {
    inRate: megabytes / ((startedOut - startedIn) / 1000),
    outRate: megabytes / ((ended - startedOut) / 1000),
  };
}

/** Generates pieces that all differ. */
function* contentOf(pieces: number): Generator<Buffer> {
  const noise = Buffer.alloc(pieceSize, 'the bytes of a layer');
  for (let piece = 0; piece < pieces; piece++) {
    const bytes = Buffer.from(noise);
    bytes.writeUInt32BE(piece);
    yield bytes;
  }
}

function digestOf(pieces: number): string {
  const hash = createHash('sha256');
  for (const piece of contentOf(pieces)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/** Returns a process's peak memory in MiB, from Linux's own count. */
async function peakMemory(pid: number): Promise<number> {
  const kibibytes = /^VmHWM:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}

async function inDirectory<Result>(directory: string, work: (directory: string) => Promise<Result>): Promise<Result> {
  await mkdir(directory, { recursive: true });
  await runCommand('sync', []);
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
