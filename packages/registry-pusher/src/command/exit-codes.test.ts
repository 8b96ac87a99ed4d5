import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { respond, startRegistry } from '../testing/registry.ts';
import { runCommand } from './run-command.ts';

async function inspectWith(headers: Record<string, string>, status: number) {
  await using registry = await startRegistry({
    misbehave: (call) => {
      respond(call, status, headers);
      return true;
    },
  });
  const messages: string[] = [];
  const code = await runCommand(['inspect', `${registry.name}/shop/web`], {
    env: { DOCKER_CONFIG: '/nonexistent' },
    signal: new AbortController().signal,
    stdin: Readable.from([]),
    console: {
      printResult: () => undefined,
      note: () => undefined,
      showProgress: () => undefined,
      printError: ({ message }) => void messages.push(message),
    },
  });
  return { code, message: messages.join() };
}

test.each<[to: string, status: number, headers: Record<string, string>]>([
  ['https://169.254.169.254/token', 401, { 'www-authenticate': 'Bearer realm="https://169.254.169.254/token"' }],
  ['file:///etc/passwd', 307, { location: 'file:///etc/passwd' }],
])(
  'the exit code is 1 when a registry refers us to %s, because the command line is right',
  async (to, status, headers) => {
    const { code, message } = await inspectWith(headers, status);
    expect(code).toBe(1);
    expect(message).toContain(`refers us to ${to}, which isn't allowed`);
  },
);
