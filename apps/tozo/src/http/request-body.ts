import type { IncomingMessage } from 'node:http';
import { HttpError } from './response.ts';

/** The maximum body size in bytes. */
export const maxBodySize = 16 * 1024;

/** How much of a body that's too large is read anyway: the sender sees the response only after it sent everything. */
const maxDrainedSize = 1024 * 1024;

/** Reads a JSON body. Accepts only `application/json`, which a form on another site can't send. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request, 'application/json');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError(400, 'not_json', "The body isn't valid JSON.", { cause });
  }
}

/** Reads a form's fields. The last one wins if a field is repeated. */
export async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(await readText(request, 'application/x-www-form-urlencoded')));
}

async function readText(request: IncomingMessage, mediaType: string): Promise<string> {
  const sent = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (sent !== mediaType)
    throw new HttpError(415, 'unsupported_media_type', `Send the body as ${mediaType}.`, {
      headers: { accept: mediaType },
    });
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the connection, because the response isn't written yet.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodySize) chunks.push(chunk);
    else if (size > maxDrainedSize) break;
  }
  if (size > maxBodySize)
    throw new HttpError(413, 'too_large', `The body is larger than the limit of ${maxBodySize} bytes.`, {
      headers: { connection: 'close' },
    });
  return Buffer.concat(chunks).toString('utf8');
}
