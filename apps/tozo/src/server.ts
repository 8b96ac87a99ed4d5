import { createApp } from './http/app.ts';
import { listen } from './http/listen.ts';
import { createMemoryStore } from './memory-store.ts';
import { openDatabase } from './postgres/database.ts';
import { createPostgresStore } from './postgres/postgres-store.ts';
import { readSettings, type Settings } from './settings.ts';
import type { TodoStore } from './store.ts';

/** Requests in progress get 3 s, database connections another 0.5 s: less than the 5 s that Nx waits. */
const requestGrace = 3_000;
const databaseGrace = 500;

async function serve(): Promise<void> {
  const settings = readSettings(process.env);
  const store = openStore(settings);
  const { port, host, ...rest } = settings;
  const options = { ...rest, log };
  const app = await createApp({ ...options, store, assets: new URL('./public/', import.meta.url) });
  const server = await listen(app, { port, host, ...options });
  log(`listening on http://${host}:${server.port}, list in ${store.kind}`);

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log(`${signal}: finishing requests`);
    await server.stop(requestGrace);
    await Promise.race([store.close(), new Promise((resolve) => setTimeout(resolve, databaseGrace))]);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, (name: string) => void stop(name));
}

function openStore({ databaseUrl }: Settings): TodoStore {
  if (databaseUrl === undefined) return createMemoryStore();
  const onIdleError = (error: Error): void => log(`an idle connection to Postgres failed: ${error.message}`);
  return createPostgresStore(openDatabase(databaseUrl, { queryTimeout: 5_000, onIdleError }));
}

function log(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  await serve();
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const advice = code === 'EADDRINUSE' ? ' Stop the process on that port, or set PORT to another one.' : '';
  process.stderr.write(`can't start: ${message}.${advice}\n`.replace('..', '.'));
  process.exit(1);
}
