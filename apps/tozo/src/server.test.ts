import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProgram } from './testing/program.ts';

/** The programs as deployed. */
let built: string;
beforeAll(async () => {
  built = await mkdtemp(join(tmpdir(), 'tozo-server-'));
  await promisify(execFile)(process.execPath, [fileURLToPath(new URL('../build.js', import.meta.url)), built]);
});
afterAll(() => rm(built, { recursive: true }));

describe('the server', () => {
  it('exits with 1 on an invalid setting and names it', async () => {
    await using port = startProgram('server', { PORT: 'http' }, built);
    expect(await port.ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'can\'t start: PORT is "http": set a number from 0 to 65535.\n',
    });
    await using database = startProgram('server', { PORT: '0', DATABASE_URL: 'mysql://u:s3cret@db/d' }, built);
    const { code, stderr } = await database.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('DATABASE_URL is invalid: set a URL such as');
    expect(stderr).not.toContain('s3cret');
  });

  it('exits with 1 if the port is in use and says what to do', async () => {
    await using first = startProgram('server', { PORT: '0' }, built);
    const port = await first.listening;
    await using second = startProgram('server', { PORT: String(port) }, built);
    const { code, stderr } = await second.ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `can't start: listen EADDRINUSE: address already in use 0.0.0.0:${port}. Stop the process on that port, or set PORT to another one.\n`,
    );
  });

  it('logs one line when it listens, and stops within 5 s of SIGTERM despite a hanging request', async () => {
    await using server = startProgram('server', { PORT: '0', SOURCE_DIGEST: 'sha256:142013fe2b5c07e6c5a8' }, built);
    const port = await server.listening;
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect([response.status, response.headers.get('x-source-digest')]).toEqual([200, 'sha256:142013fe2b5c07e6c5a8']);

    const hanging = connect(port, '127.0.0.1').on('error', () => {});
    hanging.write(
      'POST /api/todos HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\nexpect: 100-continue\r\n\r\n',
    );
    expect(String(await once(hanging, 'data'))).toMatch(/^HTTP\/1.1 100 Continue/);
    const before = performance.now();
    server.kill('SIGTERM');
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.ended;
    expect(performance.now() - before).toBeLessThan(5_000);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `listening on http://0.0.0.0:${port}, list in memory\nSIGTERM: finishing requests\n`,
      stderr: '',
    });
  });
});

describe('the release phase', () => {
  it('fails if the database is unreachable, without showing its password', async () => {
    await using migrate = startProgram('migrate', { DATABASE_URL: 'postgres://tozo:s3cret@127.0.0.1:1/tozo' }, built);
    const { code, stdout, stderr } = await migrate.ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^migration failed: .*ECONNREFUSED.*\n$/);
    expect(stderr).not.toContain('s3cret');
  });

  it('does nothing without DATABASE_URL', async () => {
    await using migrate = startProgram('migrate', {}, built);
    expect(await migrate.ended).toEqual({ code: 0, stdout: 'no DATABASE_URL: nothing to migrate\n', stderr: '' });
  });
});
