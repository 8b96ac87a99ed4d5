import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type StandInProvider, startProvider } from './provider.ts';
import { gitlab, heroku } from './schemas.ts';

/** A directory for the real terraform, with stand-in providers and a state over HTTP, as in GitLab. */
export interface TerraformWorkspace extends AsyncDisposable {
  readonly heroku: StandInProvider;
  readonly gitlab: StandInProvider;
  /** Returns the backend's state, which is empty before the first apply. */
  state(): string;
  write(file: string, content: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Runs `terraform ARGUMENTS`. The output is stdout and then stderr. */
  run(args: readonly string[], variables?: Record<string, string>): Promise<{ code: number | null; output: string }>;
}

export async function openWorkspace(): Promise<TerraformWorkspace> {
  const directory = await mkdtemp(join(tmpdir(), 'tozo-terraform-'));
  const [herokuProvider, gitlabProvider, backend] = await Promise.all([
    startProvider(heroku),
    startProvider(gitlab),
    startBackend(),
  ]);
  await writeFile(join(directory, 'terraform.rc'), 'disable_checkpoint = true\n');
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    TF_CLI_CONFIG_FILE: join(directory, 'terraform.rc'),
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    TF_HTTP_ADDRESS: backend.url,
    TF_HTTP_LOCK_ADDRESS: `${backend.url}/lock`,
    TF_HTTP_UNLOCK_ADDRESS: `${backend.url}/lock`,
    TF_HTTP_UNLOCK_METHOD: 'DELETE',
    TF_REATTACH_PROVIDERS: JSON.stringify({
      'heroku/heroku': herokuProvider.reattach,
      'gitlabhq/gitlab': gitlabProvider.reattach,
    }),
  };
  return {
    heroku: herokuProvider,
    gitlab: gitlabProvider,
    state: () => backend.state(),
    write: (file, content) => writeFile(join(directory, file), content),
    read: (file) => readFile(join(directory, file), 'utf8'),
    run: async (args, variables = {}) => {
      const named = Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TF_VAR_${name}`, value]));
      const child = spawn('terraform', [...args, '-no-color'], { cwd: directory, env: { ...env, ...named } });
      const [[code], out, errors] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]);
      return { code: code as number | null, output: out + errors };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([herokuProvider, gitlabProvider, backend].map((part) => part[Symbol.asyncDispose]()));
      await rm(directory, { recursive: true });
    },
  };
}

/** Terraform's HTTP backend. @see https://developer.hashicorp.com/terraform/language/backend/http */
async function startBackend(): Promise<AsyncDisposable & { url: string; state(): string }> {
  let state = '';
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.url === '/state/lock') return response.end();
      if (request.method === 'POST') state = body;
      return response.writeHead(request.method === 'GET' && state === '' ? 404 : 200).end(state);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/state`,
    state: () => state,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
