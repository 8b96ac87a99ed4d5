import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type StartRegistryOptions, startRegistry } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { sha256 } from '../testing/images.ts';
import { temporaryDirectory } from '../testing/temporary-directory.ts';

const account = { username: 'someone', password: 'pass:word' };
const basic = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;

async function started(options: StartRegistryOptions = {}) {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  return registry;
}

async function pushBlob(url: string, bytes: Buffer, authorization?: string): Promise<Response> {
  const headers = authorization === undefined ? {} : { authorization };
  const digest = sha256(bytes);
  return await fetch(`${url}/v2/any/name/blobs/uploads/?digest=${digest}`, { method: 'POST', headers, body: bytes });
}

test('a registry without a login accepts everything and records it', async () => {
  const registry = await started();
  expect((await pushBlob(registry.url, Buffer.from('layer'))).status).toBe(201);
  expect(registry.url).toBe(`http://${registry.host}`);
  expect(registry.journal.uploadedBlobBytes()).toBe(5);
});

test('requires Basic credentials, and keeps the password out of the journal', async () => {
  const registry = await started({ login: { kind: 'basic', ...account } });
  const refused = await fetch(`${registry.url}/v2/`);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="registry"']);
  expect((await pushBlob(registry.url, Buffer.from('layer'), basic)).status).toBe(201);
  const written = JSON.stringify(registry.journal.entries());
  for (const secret of [account.password, basic.slice('Basic '.length)]) expect(written).not.toContain(secret);
});

test('Bearer tokens are for one repository and expire', async () => {
  const registry = await started({ login: { kind: 'bearer', ...account, tokenSeconds: 1 } });
  const challenge = (await fetch(`${registry.url}/v2/any/name/tags/list`)).headers.get('www-authenticate') ?? '';
  const realm = /realm="([^"]+)"/.exec(challenge)?.[1];
  expect(realm).toBe(`${registry.url}/token`);
  const response = await fetch(`${realm}?scope=repository:any/name:pull,push`, { headers: { authorization: basic } });
  const { token } = (await response.json()) as { token: string };
  expect((await pushBlob(registry.url, Buffer.from('layer'), `Bearer ${token}`)).status).toBe(201);
  await expect
    .poll(async () => (await pushBlob(registry.url, Buffer.from('layer'), `Bearer ${token}`)).status, { timeout: 5000 })
    .toBe(401);
});

test('a given directory keeps what was pushed, a temporary one is removed', async () => {
  await using directory = await temporaryDirectory();
  const dir = join(directory.path, 'registry');
  const first = await startRegistry({ dir });
  await pushBlob(first.url, Buffer.from('layer'));
  await first.close();
  await using second = await startRegistry({ dir });
  const blob = `${second.url}/v2/any/name/blobs/${sha256(Buffer.from('layer'))}`;
  expect(await (await fetch(blob)).text()).toBe('layer');
  expect(existsSync(dir)).toBe(true);
});

test('close() rejects if a fault has not fired', async () => {
  const registry = await startRegistry();
  registry.faults.add({ on: { service: 'registry', method: 'GET' }, effect: { kind: 'answer', status: 503 } });
  await expect(registry.close()).rejects.toMatchObject({ code: 'FAULTS_LEFT' });
});

test('rejects a username with a colon, and a port in use', async () => {
  const login = { kind: 'basic', username: 'some:one', password: 'key' } as const;
  await expect(startRegistry({ login })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  const { host } = await started();
  await expect(startRegistry({ port: Number(host.split(':')[1]) })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
});
