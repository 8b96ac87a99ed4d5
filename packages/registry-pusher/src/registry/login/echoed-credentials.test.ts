/* What a server says may contain what we sent: no message may. */
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { impatientClient } from '../../testing/impatient.ts';
import { type Call, respond, startRegistry } from '../../testing/registry.ts';

const password = 'pass/word+1';
const basic = Buffer.from(`deployer:${password}`).toString('base64');
const token = 'eyJhbGciOiJSUzI1NiJ9.a-bearer-token';
const shown = [password, encodeURIComponent(password), basic, token];
const everything = `I got ${shown.join(' and ')}`;

/** Returns the error of a registry that responds so to a request with a token. */
async function failureOf(answer: (call: Call) => void, giveToken?: (call: Call) => void) {
  await using registry = await startRegistry({
    misbehave: (call, { origin }) => {
      if (call.what === 'GET token' && giveToken !== undefined) giveToken(call);
      else if (call.what === 'GET token') respond(call, 200, {}, Buffer.from(JSON.stringify({ token })));
      else if (call.headers.authorization === undefined)
        respond(call, 401, { 'www-authenticate': `Bearer realm="${origin}/token"` });
      else answer(call);
      return true;
    },
  });
  const credentials = { username: 'deployer', password };
  await using client = impatientClient({ endpoints: { [registry.name]: { credentials } } });
  const reading = client.getImage({ registry: registry.name, repository: 'shop/web', tag: 'latest' });
  return await reading.then(
    () => expect.unreachable(),
    (error: unknown) => error as Error,
  );
}

const error = (code: string, message?: string) => Buffer.from(JSON.stringify({ errors: [{ code, message }] }));

test.each<[where: string, answer: (call: Call) => void]>([
  ['an error’s message', (call) => respond(call, 403, {}, error('DENIED', everything))],
  ['an error’s code', (call) => respond(call, 403, {}, error(everything))],
  ['a page', (call) => respond(call, 500, {}, Buffer.from(`<pre>${everything}</pre>`))],
  ['a request ID', (call) => respond(call, 403, { 'x-request-id': everything })],
  ['the path of a redirect', (call) => respond(call, 307, { location: `file:///${shown.join('/')}` })],
  ['a redirect to nowhere', (call) => respond(call, 307, { location: `http://[${token}` })],
  ['a content type', (call) => respond(call, 200, { 'content-type': everything }, Buffer.from('no JSON'))],
])('credentials in %s are redacted', async (_, answer) => {
  const found = inspect(await failureOf(answer), { depth: 5 });
  expect(found).toContain('[REDACTED]');
  for (const secret of shown) expect(found).not.toContain(secret);
});

test('the password in a token service’s error is redacted', async () => {
  const refuse = (call: Call) => respond(call, 403, {}, error('DENIED', everything));
  const found = inspect(await failureOf(refuse, refuse), { depth: 5 });
  expect(found).toContain('[REDACTED]');
  for (const secret of [password, basic]) expect(found).not.toContain(secret);
});

test('a code without a message is printed once', async () => {
  const { message } = await failureOf((call) => respond(call, 403, {}, error('DENIED', 'DENIED')));
  expect(message).toMatch(/: DENIED\. These credentials can't access /);
});
