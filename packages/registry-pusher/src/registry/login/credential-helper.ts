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

const maxOutput = 64 * 1024;
/** The username that marks an identity token. */
const tokenUser = '<token>';

/**
 * Runs a Docker credential helper: it reads the server's name from standard input and prints JSON. Returns undefined if the
 * helper has no credentials for the server. No error shows its output, which may be secret.
 * @see https://github.com/docker/docker-credential-helpers#development
 * @throws RegistryPusherError CREDENTIALS_UNUSABLE, ABORTED
 */
export async function runCredentialHelper(call: HelperCall): Promise<RegistryCredentials | IdentityToken | undefined> {
  const { code, output } = await runHelper(call);
  if (code !== 0) {
    if (/credentials not found/i.test(output)) return undefined;
    throw helperError(call, code === null ? 'a signal ended it' : `it exited with code ${code}`);
  }
  const { Username, Secret } = parse(call, output);
  if (typeof Username !== 'string' || Username === '') throw helperError(call, 'it printed an empty username');
  if (typeof Secret !== 'string' || Secret === '') throw helperError(call, 'it printed an empty secret');
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
    const stop = () => fail(new RegistryPusherError('ABORTED', 'Canceled while running a credential helper.'));
    const timer = setTimeout(
      () => fail(helperError(call, `it didn't respond within ${timeLimit / 1000} s`)),
      timeLimit,
    );
    signal?.addEventListener('abort', stop, { once: true });
    child.on('error', (error: NodeJS.ErrnoException) =>
      fail(helperError(call, error.code === 'ENOENT' ? "it isn't in PATH" : `it can't be run (${error.code})`)),
    );
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxOutput) fail(helperError(call, `its output is longer than ${maxOutput / 1024} KiB`));
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
    // Reported below, without the output.
  }
  throw helperError(call, "its output isn't a JSON object");
}

function helperError({ helper, server }: HelperCall, why: string): RegistryPusherError {
  return new RegistryPusherError(
    'CREDENTIALS_UNUSABLE',
    `docker-credential-${helper}, configured in Docker for ${server}, returned no credentials: ${why}. Fix it, or remove it ` +
      `from Docker's configuration.`,
  );
}
