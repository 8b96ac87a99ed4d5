import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openDatabase } from 'tozo/src/postgres/database.ts';
import { freePort } from './server-process.ts';

const run = promisify(execFile);

/** A private Postgres on a port of 127.0.0.1, with TLS by a self-signed certificate. */
export interface PostgresCluster extends AsyncDisposable {
  /** Creates an empty database and returns its address. */
  createDatabase(): Promise<string>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Returns the directory of the newest Postgres server's programs: Debian's, or the one in POSTGRES_BIN. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const directories = [process.env['POSTGRES_BIN'] ?? '', ...versions.map((version) => join(debian, version, 'bin'))];
  return directories.find(
    (directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'postgres')),
  );
}

/** Creates and starts a cluster in a temporary directory, as an unprivileged user if the tests run as root. */
export async function startPostgres(bin: string): Promise<PostgresCluster> {
  const user = await unprivilegedUser();
  const directory = await mkdtemp(join(tmpdir(), 'tozo-postgres-'));
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  const as = { ...user, cwd: directory, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' } };
  const data = join(directory, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'tozo', '-A', 'trust', '-E', 'UTF8', '--no-sync'], as);
  const [key, certificate] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  const names = ['-subj', '/CN=localhost', '-keyout', key, '-out', certificate];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names], as);
  await chmod(key, 0o600);

  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: directory,
    fsync: 'off',
    ssl: 'on',
    ssl_cert_file: certificate,
    ssl_key_file: key,
  };
  const argv = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const address = (name: string): string => `postgres://tozo@127.0.0.1:${port}/${name}`;

  let server: ChildProcess | undefined;
  let databases = 0;
  const start = async (): Promise<void> => {
    server = spawn(join(bin, 'postgres'), argv, { ...as, stdio: 'ignore' });
    await waitUntilReady(address('postgres'), server);
  };
  const stop = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGINT');
    await exited;
  };
  await start();
  return {
    start,
    stop,
    createDatabase: async () => {
      const name = `tozo_${++databases}`;
      await query(address('postgres'), `create database ${name}`);
      return address(name);
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
}

/** Runs a query on a new connection. */
export async function query(databaseUrl: string, sql: string): Promise<Record<string, unknown>[]> {
  const database = openDatabase(databaseUrl);
  try {
    return (await database.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await database.end();
  }
}

/** Returns the user `postgres` or else `nobody`, because Postgres refuses to run as root. */
async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function waitUntilReady(databaseUrl: string, server: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await query(databaseUrl, 'select 1');
      return;
    } catch (error) {
      if (server.exitCode !== null || tries === 150) throw error;
      await wait(100);
    }
  }
}
