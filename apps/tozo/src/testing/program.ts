import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const source = new URL('../', import.meta.url);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** The port in the line it logs when it listens; rejects when it ends before that. */
  readonly listening: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `server.ts` or `migrate.ts` as a process with only the given environment; another folder's programs end in .js. */
export function startProgram(name: 'server' | 'migrate', env: Record<string, string>, folder?: string): Program {
  const argv =
    folder === undefined ? ['--import=tsx', fileURLToPath(new URL(`${name}.ts`, source))] : [`${folder}/${name}.js`];
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd: folder ?? fileURLToPath(source),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]): Ended => ({ code: code as number | null, stdout, stderr }),
  );
  const listening = new Promise<number>((resolve, reject) => {
    let seen = '';
    child.stdout.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      const port = /^listening on http:\/\/0\.0\.0\.0:(\d+),/m.exec(seen)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    ended.then(({ stderr }) => reject(new Error(`it ended before it listened: ${stderr}`)), reject);
  });
  listening.catch(() => {});
  return {
    pid: child.pid ?? 0,
    ended,
    listening,
    kill: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
