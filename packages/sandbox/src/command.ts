import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SandboxError } from './errors/sandbox-error.ts';
import { packageVersion } from './process/package-version.ts';
import type { Seed } from './seed/seed.ts';
import type { Sandbox } from './server/sandbox.ts';
import { startSandbox } from './server/server.ts';

const usage = `Usage: sandbox [options]

Serves Heroku's API and registry, a mirror of Docker Hub's node images and GitLab's API on 127.0.0.1 until it is interrupted.

Options:
  --state <directory>  keep apps, images and variables there; by default, nothing is kept
  --seed <file>        JSON with apps, their releases and projects: see the README
  --port <number>      the port of Heroku's API; by default, any free one
  --tls <port>         also serve the real host names over TLS on this port, 0 for any free one
  --json               print the addresses and keys as one line of JSON
  --version            print the version
  --help               print this text
`;

/** What the command needs of its process. */
export interface CommandProcess {
  readonly argv: readonly string[];
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Resolves when the process is to end. */
  readonly interrupted: Promise<unknown>;
}

/** Runs the command `sandbox` and returns its exit code: 2 for invalid usage. */
export async function runSandboxCommand({ argv, print, printError, interrupted }: CommandProcess): Promise<number> {
  let sandbox: Sandbox | undefined;
  try {
    const { values, tokens } = parseArgs({ args: [...argv], options: parsedOptions, tokens: true });
    assertOnce(tokens.flatMap((token) => (token.kind === 'option' ? [`--${token.name}`] : [])));
    if (values.help || values.version) {
      print(values.help ? usage : `${packageVersion}\n`);
      return 0;
    }
    sandbox = await startSandbox({
      ...(values.state === undefined ? {} : { dir: values.state }),
      ...(values.seed === undefined ? {} : { seed: await readSeed(values.seed) }),
      ...(values.port === undefined ? {} : { ports: { heroku: portOf('--port', values.port) } }),
      ...(values.tls === undefined ? {} : { tls: { port: portOf('--tls', values.tls) } }),
    });
    print(values.json ? `${JSON.stringify(describe(sandbox))}\n` : greetingOf(sandbox));
  } catch (error) {
    printError(`${error instanceof Error ? error.message : String(error)}\n`);
    return isUsageError(error) ? 2 : 1;
  }
  await interrupted;
  await sandbox.close();
  return 0;
}

const parsedOptions = {
  state: { type: 'string' },
  seed: { type: 'string' },
  port: { type: 'string' },
  tls: { type: 'string' },
  json: { type: 'boolean' },
  version: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

function assertOnce(options: readonly string[]): void {
  const repeated = options.find((name, index) => options.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new SandboxError('OPTION_INVALID', `${repeated}: OPTION_INVALID: the option is given twice: give it once.`);
}

function isUsageError(error: unknown): boolean {
  if (error instanceof SandboxError) return error.code === 'OPTION_INVALID';
  return error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}

async function readSeed(file: string): Promise<Seed> {
  // Most starts need no seed.
  const { parseSeed } = await import('./seed/seed.ts');
  let value: unknown;
  try {
    // Editors on Windows begin a file with a byte order mark.
    value = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SandboxError('OPTION_INVALID', `${file}: OPTION_INVALID: can't read the seed: ${reason}`, {
      cause: error,
    });
  }
  return parseSeed(value, file);
}

function portOf(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new SandboxError('OPTION_INVALID', `${option} ${text}: OPTION_INVALID: use a port from 0 to 65535.`);
}

function describe(sandbox: Sandbox) {
  const { urls, tls, apiKey, gitlabToken, gitlabJobToken, caFile } = sandbox;
  return { urls, tls, caFile, apiKey, gitlabToken, gitlabJobToken, apps: sandbox.apps() };
}

function greetingOf(sandbox: Sandbox): string {
  const { urls, apiKey, gitlabToken, caFile, tls } = sandbox;
  const [app] = sandbox.apps();
  const lines = [
    `The sandbox is running until Ctrl-C.`,
    ``,
    `  Heroku's API   ${urls.heroku}`,
    `  its registry   ${urls.registry}`,
    `  GitLab's API   ${urls.gitlab}/api/v4`,
    ...(tls ? [`  TLS            127.0.0.1:${tls.port} for ${Object.values(tls.names).flat().join(', ')}`] : []),
    ...sandbox.apps().map(({ name, webUrl }) => `  app ${name.padEnd(10)} ${webUrl}`),
    ``,
    `Try:`,
    `  HEROKU_HOST=${urls.heroku} HEROKU_API_KEY=${apiKey} NODE_EXTRA_CA_CERTS=${caFile} heroku apps`,
    `  (heroku container:login, push and release need --tls 443 and the real host names: see the README)`,
    `  curl -H 'Accept: application/vnd.heroku+json; version=3' -H 'Authorization: Bearer ${apiKey}' ${urls.heroku}/apps${app ? `/${app.name}` : ''}`,
    `  curl -H 'PRIVATE-TOKEN: ${gitlabToken}' ${urls.gitlab}/api/v4/projects`,
  ];
  return `${lines.join('\n')}\n`;
}
