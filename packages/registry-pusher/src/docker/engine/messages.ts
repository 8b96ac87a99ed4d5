import type { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';

/** A line of an engine's output. */
export interface EngineMessage {
  readonly id?: string;
  readonly stream?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string; readonly code?: number };
  /** BuildKit's progress in base64, or the ID of the built image. */
  readonly aux?: string | { readonly ID?: string };
}

/**
 * Reads the messages of an engine's response as they arrive. The response's status is always 200: only a message reports a
 * failure.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED for anything but a message
 */
export async function* readMessages(output: Readable): AsyncGenerator<EngineMessage> {
  for await (const line of readLines(output)) yield parseMessage(line);
}

/** Returns the reason for a failure, or undefined for any other message. Engines set one of the fields, or both. */
export function failureIn({ error, errorDetail }: EngineMessage): string | undefined {
  if (error === undefined && errorDetail === undefined) return undefined;
  return errorDetail?.message || error || `it names no reason (code ${errorDetail?.code ?? 'unknown'})`;
}

async function* readLines(output: Readable): AsyncGenerator<string> {
  let rest = '';
  output.setEncoding('utf8');
  for await (const chunk of output as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

function parseMessage(line: string): EngineMessage {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message === 'object' && message !== null) return message;
  } catch {
    // Falls through to the error below.
  }
  throw new RegistryPusherError(
    'ENGINE_BUILD_FAILED',
    `Unexpected output from the Docker Engine instead of a JSON message: ${line.slice(0, 200)}`,
  );
}
