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
  /** The port in the line that it logs. Rejects if the program ends before that. */
  readonly listening: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts `server.ts` or `migrate.ts`, or the built `.js` in `directory`, as a process with only this environment. */
export function startProgram(name: 'server' | 'migrate', env: Record<string, string>, directory?: string): Program {
  const argv =
    directory === undefined
      ? ['--import=tsx', fileURLToPath(new URL(`${name}.ts`, source))]
      : [`${directory}/${name}.js`];
  const child = spawn(process.execPath, argv, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    cwd: directory ?? fileURLToPath(source),
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
    ended.then(({ stderr }) => reject(new Error(`The program ended before it listened: ${stderr}`)), reject);
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
