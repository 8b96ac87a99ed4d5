import type { IncomingMessage } from 'node:http';
import { Refusal } from './answer.ts';

/** The largest body taken, in bytes. */
export const largestBody = 16 * 1024;

/** A body that is too large is still read up to here, so that its sender gets to see the answer. */
const mostDrained = 1024 * 1024;

/** Reads a JSON body. Only `application/json` is taken: a form on another site cannot send that. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request, 'application/json');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal(400, 'not_json', 'The body is not JSON.', { cause });
  }
}

/** Reads a form's fields; of a field that is there twice the last one counts. */
export async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(await readText(request, 'application/x-www-form-urlencoded')));
}

async function readText(request: IncomingMessage, mediaType: string): Promise<string> {
  const sent = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (sent !== mediaType)
    throw new Refusal(415, 'unsupported_media_type', `Send the body as ${mediaType}.`, {
      headers: { accept: mediaType },
    });
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the connection: the answer is still to be written.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= largestBody) chunks.push(chunk);
    else if (size > mostDrained) break;
  }
  if (size > largestBody)
    throw new Refusal(413, 'too_large', `The body is larger than ${largestBody} bytes.`, {
      headers: { connection: 'close' },
    });
  return Buffer.concat(chunks).toString('utf8');
}
