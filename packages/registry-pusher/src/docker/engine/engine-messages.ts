import type { Readable } from 'node:stream';
import { RegistryPusherError } from '../../image/errors.ts';

/** A line of what an engine prints while it does what was asked. */
export interface EngineMessage {
  readonly id?: string;
  readonly stream?: string;
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  /** BuildKit's progress in base64, or the image that was made. */
  readonly aux?: string | { readonly ID?: string };
}

/**
 * The messages of an engine's answer as they come. It answers 200 before it begins: a failure stands in a message alone.
 * @throws RegistryPusherError ENGINE_BUILD_FAILED for what is no message
 */
export async function* messagesOf(output: Readable): AsyncGenerator<EngineMessage> {
  for await (const line of linesOf(output)) yield parseMessage(line);
}

/** Why what was asked failed; undefined for every other message. */
export function failureIn({ error, errorDetail }: EngineMessage): string | undefined {
  return errorDetail?.message ?? error;
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

function parseMessage(line: string): EngineMessage {
  try {
    const message: unknown = JSON.parse(line);
    if (typeof message === 'object' && message !== null) return message;
  } catch {
    // What is no message is told like any other surprise, below.
  }
  throw new RegistryPusherError('ENGINE_BUILD_FAILED', `Docker answers with what is not JSON: ${line.slice(0, 200)}`);
}
