import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Server, startServer } from '../process.ts';

/** A sandbox in its own process. */
export interface SandboxProcess extends Server {
  readonly urls: { readonly heroku: string; readonly registry: string };
  readonly apiKey: string;
}

const entry = fileURLToPath(new URL('serve.js', import.meta.url));

/** @param prefix a command prefix, for example to run on one processor */
export async function startSandboxProcess(directory: string, prefix: readonly string[] = []): Promise<SandboxProcess> {
  const log = join(directory, 'sandbox.log');
  const connection = async () => JSON.parse((await readFile(log, 'utf8')).split('\n', 1)[0] ?? '') as SandboxProcess;
  const [file, ...args] = [...prefix, process.execPath, entry, join(directory, 'state')];
  const server = await startServer(file, args, { log, isReady: async () => (await connection()).apiKey !== '' });
  return { ...(await connection()), ...server };
}
