import type { Readable } from 'node:stream';
import { RegistryPusherError } from '../errors.ts';
import { readStatusMessage } from './status-message.ts';
import { Transcript } from './transcript.ts';

/** BuildKit asks its session for the context under this name, and some old ones ask the network. */
const contextLost = /Get "?http:\/\/buildkit-session\//;

const asksForCredentials = /\b401\b|unauthorized|authentication required|no basic auth credentials|access denied/i;

/**
 * Follows a build's output to its end and passes every line of it on. The engine answers 200 before it builds: whether the
 * build failed stands in the output alone. A context that got lost inside the engine is none of the build's failures. @see https://docs.docker.com/reference/api/engine/version/v1.41/#operation/ImageBuild
 * @throws RegistryPusherError ENGINE_BUILD_FAILED with the failing step and the last lines that it printed
 */
export async function followBuild(
  output: Readable,
  transcript: Transcript = new Transcript(),
): Promise<'built' | 'context lost'> {
  let built = false;
  for await (const line of linesOf(output)) {
    const message = parseMessage(line);
    const failure = message.errorDetail?.message ?? message.error;
    if (failure !== undefined && contextLost.test(failure)) return 'context lost';
    if (failure !== undefined) throw failed(failure, transcript);
    if (message.stream !== undefined) transcript.classic(message.stream);
    if (message.id === 'moby.buildkit.trace' && typeof message.aux === 'string')
      transcript.status(readStatusMessage(Buffer.from(message.aux, 'base64')));
    if (typeof message.aux === 'object' && message.aux.ID !== undefined) built = true;
  }
  transcript.end();
  if (!built) throw failed('its output ended before an image was made', transcript);
  return 'built';
}

async function* linesOf(output: Readable): AsyncGenerator<string> {
  let rest = '';
  output.setEncoding('utf8');
  for await (const chunk of output as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

interface EngineMessage {
  readonly id?: string;
  readonly stream?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  /** BuildKit's progress in base64, or the image that was made. */
  readonly aux?: string | { readonly ID?: string };
}

function parseMessage(line: string): EngineMessage {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message === 'object' && message !== null) return message;
  } catch {
    // What is no message is told like any other surprise, below.
  }
  throw new RegistryPusherError(
    'ENGINE_BUILD_FAILED',
    `Docker answers a build with what is not JSON: ${line.slice(0, 200)}`,
  );
}

function failed(reason: string, transcript: Transcript): RegistryPusherError {
  const { name, line, output } = transcript.failed(reason);
  const at = name === undefined ? '' : ` at ${line === undefined ? '' : `Dockerfile line ${line}, `}${name}`;
  const lines = output.map((each) => `\n  ${each}`).join('');
  return new RegistryPusherError(
    'ENGINE_BUILD_FAILED',
    `The Docker build failed${at}: ${transcript.hide(reason.trim())}${lines}${adviceFor(reason, name)}`,
  );
}

function adviceFor(reason: string, step = ''): string {
  if (/no space left on device/i.test(reason))
    return '\nThe disk of the Docker Engine is full: docker system prune frees what nothing uses.';
  if (!/\bRUN\b/.test(step) && asksForCredentials.test(reason))
    return '\nThe registry asks for credentials and was given none, or others: docker login gives them, or DOCKER_AUTH_CONFIG.';
  return '';
}
