import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectSandbox, type Fault, type Har, type JournalEntry, type SetFault } from '@tozo/sandbox/connect';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { answer as answerTo } from '../answer.ts';

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
  const ran = answerTo(['sandbox', ...argv], {
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

async function askHeroku(path: string): Promise<string> {
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
])('without a sandbox %j says so, and writes nothing', async (argv) => {
  expect(await tozo(...argv)).toEqual({
    code: 2,
    out: '',
    err: 'The sandbox is not running. Start it: tozo sandbox start\n',
  });
  expect(() => statSync(join(state, 'none.har'))).toThrow('ENOENT');
});

test.each([
  [['fault', 'add', '{"on":'], 'The fault in the argument is not JSON: '],
  [['fault', 'add', 'blob-rest'], 'blob-rest is neither JSON nor a preset. Presets are blob-reset, '],
  [['fault', 'clear', 'x'], 'x is no fault’s number'.replace('’', "'")],
  [['journal', '--path', '('], '--path ( is no regular expression: '],
  [['journal', '--service', 'github'], 'Allowed choices are heroku, registry, hub, gitlab.'],
  [['journal', '--har', '-', '--follow'], "option '--follow' cannot be used with option '--har <file>'"],
])('%j is a wrong call, before anything is asked', async (argv, said) => {
  const { code, out, err } = await tozo(...argv);
  expect([code, out]).toEqual([2, '']);
  expect(err).toContain(said);
});

test('the journal is a table, JSON lines or an archive that only its owner reads', async () => {
  const apiKey = await askHeroku('/account');
  await askHeroku('/apps/nothing?secret=1');
  const table = (await tozo('journal')).out.split('\n');
  expect(table[0]).toMatch(/^TIME +SERVICE +METHOD PATH +STATUS +IN +OUT +MS$/);
  expect(table[1]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} heroku {3}GET {4}\/account +200 +0 +447 +\d+\.\d$/);
  expect(table[2]).toMatch(/ GET {4}\/apps\/nothing +404 /);

  const lines = (await tozo('journal', '--json', '--path', '^/apps', '--method', 'get')).out.trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as JournalEntry).path)).toEqual(['/apps/nothing?secret=[cut]']);
  expect((await tozo('journal', '--json', '--service', 'gitlab')).out).toBe('');

  const file = join(state, 'sandbox.har');
  writeFileSync(file, 'old', { mode: 0o644 });
  expect(await tozo('journal', '--har', file)).toEqual({ code: 0, out: `2 requests are in ${file}.\n`, err: '' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const har = readFileSync(file, 'utf8');
  expect((JSON.parse(har) as Har).log.entries).toHaveLength(2);
  expect(har).not.toContain(apiKey);
  expect((await tozo('journal', '--har', '-')).out).toBe(har);
});

test('an archive that cannot be written is named, and the journal is kept', async () => {
  const { code, err } = await tozo('journal', '--har', join(state, 'absent', 'sandbox.har'));
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/sandbox\.har cannot be written: ENOENT.*still has its journal/),
  ]);
  expect((await tozo('journal')).out).toContain('/account');
});

test('faults are added as JSON or by name, listed, said in the status, and cleared', async () => {
  const added = JSON.parse((await tozo('fault', 'add', '--json', JSON.stringify(fault))).out) as SetFault;
  expect(added).toMatchObject({ fault, seen: 0, fired: 0 });
  expect((await tozo('fault', 'add', 'gitlab-429')).out).toMatch(
    /^Set fault \d+\. gitlab: answer \(0 seen, fired 0 of 1\)\n$/,
  );
  await askHeroku('/down');
  const list = (await tozo('fault', 'list')).out;
  expect(list).toContain(`${added.id}. heroku ^/down$: answer (1 seen, fired 1 of 1)\n`);
  expect((await tozo('status')).out).toContain(`Faults:\n  ${list.split('\n')[0]}\n`);
  expect((await tozo('journal')).out).toMatch(/\/down +503 .* fault: answer\n/);
  expect(await tozo('fault', 'clear', '99')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no fault 99') as string,
  });
  expect((await tozo('fault', 'clear', String(added.id))).out).toBe('1 fault is cleared.\n');
  expect((await tozo('fault', 'clear')).out).toMatch(
    /^1 fault is cleared\. Not fired as often as they should:\n {2}\d+\. gitlab/,
  );
  expect((await tozo('fault', 'list')).out).toBe('No faults are set.\n');
});

test('a fault that is none is refused with what is known', async () => {
  const { code, err } = await tozo('fault', 'add', '{"on":{"service":"heroku"},"effect":{"kind":"stall","s":1}}');
  expect([code, err]).toEqual([2, 'fault: OPTION_INVALID: effect.s is not known; known are ms.\n']);
});

test('the presets are told with what they do', async () => {
  expect((await tozo('fault', 'presets')).out).toMatch(
    /^blob-reset +the second PUT of a blob is reset after 1000 bytes\n/,
  );
});

test('one follows the journal until the sandbox ends; a fault that is left over is said and fails the stop', async () => {
  await tozo('fault', 'add', 'blob-reset');
  expect((await tozo('reset')).out).toMatch(
    /^Everything .* gone\. Faults that still wait:\n {2}\d+\. registry PUT .*: reset-request/,
  );
  const following = start('journal', '--follow', '--json');
  let lines = '';
  following.out.on('data', (more: string) => (lines += more));
  await askHeroku('/followed');
  await vi.waitFor(() => expect(lines).toContain('"/followed"'), 20_000);
  const stopped = await tozo('stop');
  expect(stopped.code).toBe(1);
  expect(stopped.out).toMatch(/^Stopped\. Faults that had not fired as often as they should:\n {2}\d+\. registry PUT/);
  expect(await following.ran).toMatchObject({ code: 0, err: 'The sandbox has ended.\n' });
});

test('start --tls says where the real names are served and what to trust, and refuses what is no port', async () => {
  expect(await tozo('start', '--tls', 'many')).toMatchObject({
    code: 2,
    err: expect.stringContaining('65535') as string,
  });
  await tozo('stop');
  const { code, out } = await tozo('start', '--tls');
  expect(code).toBe(0);
  expect(out).toMatch(/by TLS +127\.0\.0\.1:\d+ for api\.heroku\.com, registry\.heroku\.com/);
  expect(statSync(/trust +(.+)/.exec(out)?.[1] ?? '').isFile()).toBe(true);
});
