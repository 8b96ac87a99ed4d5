import type { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';
import { failureIn, readMessages } from '../engine/messages.ts';
import { readStatusMessage } from '../session/status-message.ts';
import { Transcript } from './transcript.ts';

const isUnauthorized = /\b401\b|unauthorized|authentication required|no basic auth credentials|access denied/i;

/**
 * Reads a build's output to the end and forwards every line. Only the output reports a failure: the engine responds with 200
 * before it builds.
 * @see https://docs.docker.com/reference/api/engine/version/v1.41/#operation/ImageBuild
 * @throws RegistryPusherError ENGINE_BUILD_FAILED with the failed step and the last lines of its output
 */
export async function followBuild(output: Readable, transcript: Transcript = new Transcript()): Promise<void> {
  let built = false;
  for await (const message of readMessages(output)) {
    const failure = failureIn(message);
    if (failure !== undefined) throw buildError(failure, transcript);
    if (message.stream !== undefined) transcript.addText(message.stream);
    if (message.id === 'moby.buildkit.trace' && typeof message.aux === 'string')
      transcript.addStatus(readStatusMessage(Buffer.from(message.aux, 'base64')));
    if (typeof message.aux === 'object' && message.aux.ID !== undefined) built = true;
  }
  transcript.flush();
  if (!built) throw buildError('its output ended without an image', transcript);
}

function buildError(reason: string, transcript: Transcript): RegistryPusherError {
  const { name, line, output } = transcript.failedStep(reason);
  const at = name === undefined ? '' : ` at ${line === undefined ? '' : `Dockerfile line ${line}, `}${name}`;
  const lines = output.map((each) => `\n  ${each}`).join('');
  return new RegistryPusherError(
    'ENGINE_BUILD_FAILED',
    `The Docker build failed${at}: ${transcript.redact(reason.trim())}${lines}${adviceFor(reason, name)}`,
  );
}

function adviceFor(reason: string, step = ''): string {
  if (/no space left on device/i.test(reason))
    return "\nThe Docker Engine's disk is full: run docker system prune to free unused space.";
  if (!/\bRUN\b/.test(step) && isUnauthorized.test(reason))
    return '\nThe registry requires credentials, and there are none or invalid ones: run docker login, or set DOCKER_AUTH_CONFIG.';
  return '';
}
