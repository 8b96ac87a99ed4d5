import type { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { failureIn, messagesOf } from '../engine/engine-messages.ts';
import { readStatusMessage } from '../session/status-message.ts';
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
  for await (const message of messagesOf(output)) {
    const failure = failureIn(message);
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
