import { spawn } from 'node:child_process';
import { RegistryPusherError } from '../../image/errors.ts';
import type { IdentityToken, RegistryCredentials } from './credentials.ts';

export interface HelperCall {
  /** What follows `docker-credential-` in the program's name. */
  readonly helper: string;
  readonly server: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** In milliseconds. */
  readonly timeLimit: number;
  readonly signal?: AbortSignal | undefined;
}

const mostRead = 64 * 1024;
/** The user name that marks an identity token. */
const tokenUser = '<token>';

/**
 * Asks a Docker credential helper: the server's name goes to its standard input, JSON comes back. A helper that knows no such
 * server gives undefined. What it prints stands in no error, for it may be a secret.
 * @see https://github.com/docker/docker-credential-helpers#development
 * @throws RegistryPusherError CREDENTIALS_UNUSABLE, ABORTED
 */
export async function askHelper(call: HelperCall): Promise<RegistryCredentials | IdentityToken | undefined> {
  const { code, output } = await runHelper(call);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw failed(call, `it ended with ${code === null ? 'a signal' : `exit code ${code}`}`);
  }
  const { Username, Secret } = parse(call, output);
  if (typeof Username !== 'string' || Username === '') throw failed(call, 'it gives an empty user name');
  if (typeof Secret !== 'string' || Secret === '') throw failed(call, 'it gives an empty secret');
  return Username === tokenUser ? { identityToken: Secret } : { username: Username, password: Secret };
}

function runHelper(call: HelperCall): Promise<{ code: number | null; output: string }> {
  const { helper, server, env, timeLimit, signal } = call;
  return new Promise((resolve, reject) => {
    const child = spawn(`docker-credential-${helper}`, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      child.kill('SIGKILL');
      child.stdout.destroy();
      act();
    };
    const fail = (error: RegistryPusherError) => settle(() => reject(error));
    const stop = () => fail(new RegistryPusherError('ABORTED', 'Cancelled while asking for credentials.'));
    const timer = setTimeout(() => fail(failed(call, `it gave no answer in ${timeLimit / 1000} s`)), timeLimit);
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        failed(call, error.code === 'ENOENT' ? 'there is no such program in PATH' : `it cannot be run (${error.code})`),
      ),
    );
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > mostRead) fail(failed(call, `its answer is longer than ${mostRead / 1024} KiB`));
    });
    child.on('close', (code) => settle(() => resolve({ code, output: Buffer.concat(chunks).toString('utf8') })));
    child.stdin.on('error', () => undefined);
    child.stdin.end(server);
    if (signal?.aborted) stop();
  });
}

function parse(call: HelperCall, output: string): { Username?: unknown; Secret?: unknown } {
  try {
    const value: unknown = JSON.parse(output);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, without what was printed.
  }
  throw failed(call, 'its answer is not a JSON object');
}

function failed({ helper, server }: HelperCall, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'CREDENTIALS_UNUSABLE',
    `docker-credential-${helper}, which Docker's configuration names for ${server}, gives no credentials: ${why}. Repair it, ` +
      `or take it out of the configuration.`,
  );
}
