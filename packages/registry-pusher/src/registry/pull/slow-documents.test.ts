import { setInterval } from 'node:timers';
import { expect, test } from 'vitest';
import { impatientClient } from '../../testing/impatient.ts';
import { putOciImage } from '../../testing/images.ts';
import { type Call, respond, startRegistry } from '../../testing/registry.ts';

/** Sends one byte after the other, and never the last one. */
function drip({ response }: Call): boolean {
  response.writeHead(200, { 'content-length': 100_000 });
  const timer = setInterval(() => response.write(' '), 5);
  response.once('close', () => clearInterval(timer));
  return true;
}

async function readWith(dripping: string, login = false) {
  await using registry = await startRegistry({
    misbehave: (call, { origin }) => {
      if (call.what === dripping) return drip(call);
      if (!login || call.headers.authorization !== undefined || call.what === 'GET token') return false;
      respond(call, 401, { 'www-authenticate': `Bearer realm="${origin}/token"` });
      return true;
    },
  });
  putOciImage(registry, 'library/node', 'latest', { contents: ['a layer'] });
  await using client = impatientClient({ timing: { document: 50 } });
  await client.getImage({ registry: registry.name, repository: 'library/node', tag: 'latest' });
}

test.each([
  ['manifest', 'GET manifest', false],
  ['config', 'GET blob', false],
  ['token', 'GET token', true],
])('gives up on a %s that comes byte by byte', async (_, dripping, login) => {
  await expect(readWith(dripping, login)).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringMatching(/only \d+ bytes arrived in 0\.05 s/),
  });
});
