import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSandbox, type Fault, type Har, type JournalEntry, type SetFault } from '@tozo/sandbox/connect';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCommand } from '../run-command.ts';

const state = mkdtempSync(join(tmpdir(), 'tozo-cli-sandbox-'));
const dir = join(state, 'sandbox');

beforeAll(() => {
  vi.stubEnv('TOZO_SANDBOX_DIR', dir);
});
afterAll(async () => {
  await (await connectSandbox({ dir }))?.stop();
  vi.unstubAllEnvs();
  rmSync(state, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Starts `tozo sandbox …` in this process. */
function start(...argv: readonly string[]): { readonly out: PassThrough; readonly ran: Promise<Ran> } {
  const [out, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough()];
  const written = Promise.all([text(out), text(stderr)]);
  const ran = runCommand(['sandbox', ...argv], {
    cwd: state,
    env: process.env,
    stdin: Readable.from([]),
    stdout: out,
    stderr,
  }).then(async (code) => {
    out.end();
    stderr.end();
    const [outText, err] = await written;
    return { code, out: outText, err };
  });
  return { out, ran };
}

const tozo = (...argv: readonly string[]): Promise<Ran> => start(...argv).ran;

const answer = { kind: 'answer', status: 503 } as const;
const fault: Fault = { on: { service: 'heroku', path: '^/down$' }, effect: answer };

async function requestHeroku(path: string): Promise<string> {
  const sandbox = await connectSandbox({ dir, start: true });
  const headers = {
    authorization: `Bearer ${sandbox.apiKey}`,
    accept: 'application/vnd.heroku+json; version=3',
  };
  await (await fetch(`${sandbox.urls.heroku}${path}`, { headers })).arrayBuffer();
  return sandbox.apiKey;
}

test.each([
  [['journal']],
  [['journal', '--har', join(state, 'none.har')]],
  [['fault', 'list']],
  [['fault', 'add', JSON.stringify(fault)]],
  [['fault', 'clear']],
  [['time', '+30m']],
])('without a sandbox, %j says so and writes nothing', async (argv) => {
  expect(await tozo(...argv)).toEqual({
    code: 2,
    out: '',
    err: "The sandbox isn't running. Start it: tozo sandbox start\n",
  });
  expect(() => statSync(join(state, 'none.har'))).toThrow('ENOENT');
});

test.each([
  [['fault', 'add', '{"on":'], "The fault in the argument isn't JSON: "],
  [['fault', 'add', 'blob-rest'], 'blob-rest is neither JSON nor a preset. Use one of blob-reset, '],
  [['time', '-5m'], 'time only moves forward'],
  [['time', '+5'], "+5 isn't a duration"],
  [['fault', 'clear', 'x'], '"x" isn\'t a fault number'],
  [['journal', '--path', '('], "--path ( isn't a regular expression: "],
  [['journal', '--service', 'github'], 'Allowed choices are heroku, registry, hub, gitlab.'],
  [['journal', '--har', '-', '--follow'], "option '--follow' cannot be used with option '--har <file>'"],
])('rejects %j before any request', async (argv, said) => {
  const { code, out, err } = await tozo(...argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(said);
});

test('shows the time and moves it forward', async () => {
  await connectSandbox({ dir, start: true });
  const before = Date.parse((await tozo('time')).out.trim());
  const moved = JSON.parse((await tozo('time', '+1h30m', '--json')).out) as { time: string };
  expect(Date.parse(moved.time) - before).toBeGreaterThanOrEqual(5_400_000);
  expect((await tozo('time', '2040-01-01T00:00:00Z')).out).toMatch(/^2040-01-01T00:00:00/);
  expect((await tozo('time', '2030-01-01T00:00:00Z')).err).toContain('time only moves forward');
});

test('prints the journal as a table, as JSON lines or as an archive that only its owner can read', async () => {
  const apiKey = await requestHeroku('/account');
  await requestHeroku('/apps/nothing?secret=1');
  const table = (await tozo('journal')).out.split('\n');
  expect(table[0]).toMatch(/^TIME +SERVICE +METHOD PATH +STATUS +IN +OUT +MS$/);
  expect(table[1]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} heroku {3}GET {4}\/account +200 +0 +447 +\d+\.\d$/);
  expect(table[2]).toMatch(/ GET {4}\/apps\/nothing +404 /);

  const lines = (await tozo('journal', '--json', '--path', '^/apps', '--method', 'get')).out.trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as JournalEntry).path)).toEqual(['/apps/nothing?secret=[REDACTED]']);
  expect((await tozo('journal', '--json', '--service', 'gitlab')).out).toBe('');

  const file = join(state, 'sandbox.har');
  writeFileSync(file, 'old', { mode: 0o644 });
  expect(await tozo('journal', '--har', file)).toEqual({ code: 0, out: `Wrote 2 requests to ${file}.\n`, err: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const har = readFileSync(file, 'utf8');
  expect((JSON.parse(har) as Har).log.entries).toHaveLength(2);
  expect(har).not.toContain(apiKey);
  expect((await tozo('journal', '--har', '-')).out).toBe(har);
});

test("names an archive that it can't write, and keeps the journal", async () => {
  const { code, err } = await tozo('journal', '--har', join(state, 'absent', 'sandbox.har'));
  expect([code, err]).toEqual([2, expect.stringMatching(/Can't write .*sandbox\.har: ENOENT.*still has its journal/)]);
  expect((await tozo('journal')).out).toContain('/account');
});

test('adds faults as JSON or by name, lists them, shows them in the status, and clears them', async () => {
  const added = JSON.parse((await tozo('fault', 'add', '--json', JSON.stringify(fault))).out) as SetFault;
  expect(added).toMatchObject({ fault, seen: 0, fired: 0 });
  expect((await tozo('fault', 'add', 'gitlab-429')).out).toMatch(
    /^Set fault \d+\. gitlab: answer \(0 seen, fired 0 of 1\)\n$/,
  );
  await requestHeroku('/down');
  const list = (await tozo('fault', 'list')).out;
  expect(list).toContain(`${added.id}. heroku ^/down$: answer (1 seen, fired 1 of 1)\n`);
  expect((await tozo('status')).out).toContain(`Faults:\n  ${list.split('\n')[0]}\n`);
  expect((await tozo('journal')).out).toMatch(/\/down +503 .* fault: answer\n/);
  expect(await tozo('fault', 'clear', '99')).toMatchObject({
    code: 2,
    err: expect.stringContaining('No fault 99') as string,
  });
  expect((await tozo('fault', 'clear', String(added.id))).out).toBe('Cleared 1 fault.\n');
  expect((await tozo('fault', 'clear')).out).toMatch(
    /^Cleared 1 fault\. These didn't fire as often as configured:\n {2}\d+\. gitlab/,
  );
  expect((await tozo('fault', 'list')).out).toBe('No faults are set.\n');
});

test('rejects an unknown field and names the known ones', async () => {
  const { code, err } = await tozo('fault', 'add', '{"on":{"service":"heroku"},"effect":{"kind":"stall","s":1}}');
  expect([code, err]).toEqual([2, 'fault: OPTION_INVALID: unknown field effect.s (known: ms).\n']);
});

test('lists the presets with what they do', async () => {
  expect((await tozo('fault', 'presets')).out).toMatch(
    /^blob-reset +the connection is reset after 1000 bytes of the second blob PUT\n/,
  );
});

test('follows the journal until the sandbox stops, and fails the stop when a fault did not fire', async () => {
  await tozo('fault', 'add', 'blob-reset');
  expect((await tozo('reset')).out).toMatch(
    /^Deleted everything deployed\. Faults that haven't fired yet:\n {2}\d+\. registry PUT .*: reset-request/,
  );
  const following = start('journal', '--follow', '--json');
  let lines = '';
  following.out.on('data', (more: string) => (lines += more));
  await requestHeroku('/followed');
  await vi.waitFor(() => expect(lines).toContain('"/followed"'), 20_000);
  const stopped = await tozo('stop');
  expect(stopped.code).toBe(1);
  expect(stopped.out).toMatch(/^Stopped\. Faults that didn't fire as often as configured:\n {2}\d+\. registry PUT/);
  expect(await following.ran).toMatchObject({ code: 0, err: 'The sandbox has stopped.\n' });
});

test('start --tls prints where the real names are served and the CA file, and rejects an invalid port', async () => {
  expect(await tozo('start', '--tls', 'many')).toMatchObject({
    code: 2,
    err: expect.stringContaining('65535') as string,
  });
  await tozo('stop');
  const { code, out } = await tozo('start', '--tls');
  expect(code).toBe(0);
  expect(out).toMatch(/TLS +127\.0\.0\.1:\d+ for api\.heroku\.com, registry\.heroku\.com/);
  expect(statSync(/CA file +(.+)/.exec(out)?.[1] ?? '').isFile()).toBe(true);
});

test('explain shows what a behavior rests on; check lists the requests of a journal that rested on assumptions', async () => {
  expect((await tozo('explain', 'heroku.releases.retry')).out).toContain('confidence  seen in the wild');
  expect(await tozo('explain', 'retry')).toMatchObject({
    code: 2,
    err: expect.stringContaining('Similar: heroku.releases.retry') as unknown,
  });
  const file = join(state, 'journal.jsonl');
  const entry = { service: 'heroku', method: 'PATCH', path: '/apps/shop/formation' };
  writeFileSync(
    file,
    [entry, { ...entry, method: 'GET', path: '/regions' }].map((one) => JSON.stringify(one)).join('\n'),
  );
  const { out } = await tozo('check', file);
  expect(out).toContain('heroku PATCH /apps/:app/formation  1 request\n');
  expect(out).toContain('heroku.assumption.olderImages');
  expect(out).toContain('Kinds of requests that rested on assumptions: 1. Requests: 2.');
  writeFileSync(file, '{"service":"heroku"}\n');
  expect(await tozo('check', file)).toMatchObject({ code: 2, err: expect.stringContaining(`${file}:1`) as unknown });
});
