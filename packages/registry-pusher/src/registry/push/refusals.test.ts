import { expect, test } from 'vitest';
import { imageFrom, layerOf } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { refuse, respond, startRegistry } from '../../testing/registry.ts';

test.each([
  ['registry.heroku.com', 'REGISTRY_DENIED', "isn't an app of this account"],
  ['registry.example.com', 'REGISTRY_PROTOCOL', 'Unexpected response from registry.example.com/shop/web'],
])(
  "reads a 400 without a body as someone else's app only at Heroku: %s (fault 10, registry-pusher)",
  async (name, code, message) => {
    await using registry = await startRegistry({
      misbehave: (call) => {
        respond(call, 400);
        return true;
      },
    });
    await using client = impatientClient({ endpoints: { [name]: { url: `http://${registry.name}` } } });
    const target = { registry: name, repository: 'shop/web', tag: 'latest' };
    await expect(client.push(imageFrom(layerOf('one')), target)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  },
);

test.each(['registry.heroku.com', 'registry.example.com'])(
  'says what a DIGEST_INVALID of %s means (fault 10, registry-pusher)',
  async (name) => {
    await using registry = await startRegistry({
      misbehave: (call) => {
        if (call.what !== 'PUT upload') return false;
        call.response.writeHead(400).end('{"errors":[{"code":"DIGEST_INVALID"}]}');
        return true;
      },
    });
    await using client = impatientClient({ endpoints: { [name]: { url: `http://${registry.name}` } } });
    const target = { registry: name, repository: 'shop/web', tag: 'latest' };
    await expect(client.push(imageFrom(layerOf('one')), target)).rejects.toMatchObject({
      code: 'REGISTRY_PROTOCOL',
      message: expect.stringMatching(/: DIGEST_INVALID\. What the registry received isn't what was sent: push again/),
    });
  },
);

test('reports the reason of a 400 (fault 10, registry-pusher)', async () => {
  await using registry = await startRegistry({
    misbehave: (call) => {
      if (call.what !== 'POST upload') return false;
      refuse(call, 400, 'NAME_INVALID');
      return true;
    },
  });
  await using client = impatientClient();
  const target = { registry: registry.name, repository: 'shop/web', tag: 'latest' };
  await expect(client.push(imageFrom(layerOf('one')), target)).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    message: expect.stringContaining('NAME_INVALID'),
  });
});
