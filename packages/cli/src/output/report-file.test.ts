import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { openReportFile } from './report-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'tozo-report-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const run = promisify(execFile);

test('replaces the report as a whole, and leaves nothing else behind', () => {
  const file = join(directory, 'report.json');
  writeFileSync(file, 'old');
  const report = openReportFile(file);
  expect(readdirSync(directory)).toEqual([]);
  report.write('new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(readdirSync(directory)).toEqual(['report.json']);
});

test('keeps a link that leads to the report', () => {
  const [file, link] = [join(directory, 'target.json'), join(directory, 'link.json')];
  writeFileSync(file, 'old');
  symlinkSync(file, link);
  openReportFile(link).write('new');
  expect(readFileSync(file, 'utf8')).toBe('new');
});

test.each([
  ['a directory that does not exist', () => join(directory, 'absent', 'report.json'), /ENOENT/],
  ['a file as a directory', () => '/dev/null/report.json', /ENOTDIR/],
  ['a directory', () => directory, /it's a directory/],
])('refuses %s before anything begins (fault 171, deploy)', (_, file, message) => {
  expect(() => openReportFile(file())).toThrow(/^Can't write the report .*Use another file for --report\.$/);
  expect(() => openReportFile(file())).toThrow(message);
});

test('fails at the end when the disk is full', () => {
  const report = openReportFile('/dev/full');
  expect(() => report.write('{}')).toThrow('ENOSPC');
});

test('writes into a FIFO, and fails instead of waiting when nothing reads it', async () => {
  const file = join(directory, 'fifo');
  await run('mkfifo', [file]);
  const report = openReportFile(file);
  expect(() => report.write('{}')).toThrow('ENXIO');
  const reading = run('sh', ['-c', 'exec 3<>"$0"; echo ready >&2; head -c 2 <&3', file]);
  await new Promise((resolve) => reading.child.stderr?.once('data', resolve));
  report.write('{}');
  expect((await reading).stdout).toBe('{}');
  expect(statSync(file).isFIFO()).toBe(true);
});
