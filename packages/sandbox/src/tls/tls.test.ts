import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxTls, startSandbox } from '@tozo/sandbox';
import { expect, onTestFinished, test } from 'vitest';
import { issueCertificate } from './ephemeral-authority.ts';

interface TlsResponse {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Sends a request as on a machine whose names resolve to loopback. */
async function fetchByName(
  tls: Pick<SandboxTls, 'port' | 'caFile'>,
  name: string,
  path: string,
  options: object = {},
): Promise<TlsResponse> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: tls.port, servername: name, path, ca: readFileSync(tls.caFile), ...options },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.setHeader('host', name);
    outgoing.on('error', reject).end();
  });
}

test('the requested host name selects the service, with a valid certificate', async () => {
  await using sandbox = await startSandbox({ tls: true, apps: ['shop'], hubTokens: true });
  const { tls } = sandbox;
  const bearer = { authorization: `Bearer ${sandbox.apiKey}` };
  const app = await fetchByName(tls, 'api.heroku.com', '/apps/shop', {
    headers: { ...bearer, accept: 'application/vnd.heroku+json; version=3' },
  });
  expect(JSON.parse(app.text)).toMatchObject({ name: 'shop' });
  expect((await fetchByName(tls, 'registry.heroku.com', '/v2/')).headers).toMatchObject({
    'www-authenticate': 'Basic realm="Heroku Container Registry"',
  });
  expect((await fetchByName(tls, 'registry-1.docker.io', '/v2/')).headers).toMatchObject({
    'www-authenticate': expect.stringContaining('realm="https://registry-1.docker.io/token"') as unknown,
  });
  const projects = await fetchByName(tls, 'gitlab.com', '/api/v4/projects/1/variables', {
    headers: { 'private-token': sandbox.gitlabToken },
  });
  expect(projects.text.trim()).toBe('[]');
});

test('Docker Hub has every name that its clients ask (fault 166, sandbox)', async () => {
  await using sandbox = await startSandbox({ tls: true });
  for (const name of ['registry-1.docker.io', 'auth.docker.io', 'index.docker.io', 'docker.io']) {
    expect((await fetchByName(sandbox.tls, name, '/v2/')).status, name).toBe(200);
  }
});

test('services return URLs with the requested host name and scheme', async () => {
  await using sandbox = await startSandbox({ tls: true, apps: ['shop'] });
  const { tls } = sandbox;
  const basic = Buffer.from(`_:${sandbox.apiKey}`).toString('base64');
  const upload = await fetchByName(tls, 'registry.heroku.com', '/v2/shop/web/blobs/uploads/', {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
  });
  expect(upload.headers['location']).toMatch(/^https:\/\/registry\.heroku\.com\/v2\/shop\/web\/blobs\/uploads\//);
  const session = await fetchByName(tls, 'api.heroku.com', '/apps/shop/log-sessions', {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.apiKey}`, accept: 'application/vnd.heroku+json; version=3' },
  });
  expect(JSON.parse(session.text)).toMatchObject({
    logplex_url: expect.stringMatching(/^https:\/\/api\.heroku\.com\//) as unknown,
  });
});

test('a client that does not trust the authority gets no response', async () => {
  await using sandbox = await startSandbox({ tls: true });
  const { tls } = sandbox;
  await expect(fetchByName(tls, 'api.heroku.com', '/', { ca: [] })).rejects.toMatchObject({
    code: expect.stringMatching(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE/) as unknown,
  });
  await expect(fetchByName(tls, 'api.example.com', '/')).rejects.toMatchObject({
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

test('responds to other names, or none, with the names served', async () => {
  await using sandbox = await startSandbox({ tls: true });
  const { tls } = sandbox;
  for (const servername of ['api.example.com', '']) {
    const response = await fetchByName(tls, 'api.heroku.com', '/', { servername, rejectUnauthorized: false });
    expect(response.status).toBe(421);
    expect(response.text).toContain('api.heroku.com, registry.heroku.com');
  }
});

test('disconnects a client without TLS and serves the next one', async () => {
  await using sandbox = await startSandbox({ tls: true });
  const { tls } = sandbox;
  const socket = connect({ port: tls.port, host: '127.0.0.1' });
  socket.write('GET / HTTP/1.1\r\nhost: api.heroku.com\r\n\r\n');
  await new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
  expect((await fetchByName(tls, 'api.heroku.com', '/account')).status).toBe(401);
});

test('a silent client does not delay close()', async () => {
  const sandbox = await startSandbox({ tls: true });
  const silent = connect({ port: sandbox.tls.port, host: '127.0.0.1' }).on('error', () => undefined);
  await once(silent, 'connect');
  const closed = once(silent, 'close');
  await sandbox.close();
  await expect(closed).resolves.toHaveLength(1);
});

test('rejects a port in use and frees the others', async () => {
  await using first = await startSandbox({ tls: true });
  const { port } = first.tls;
  await using again = await startSandbox({ services: ['gitlab'] });
  const gitlab = Number(new URL(again.urls.gitlab).port);
  await again.close();
  await expect(startSandbox({ services: ['gitlab'], ports: { gitlab }, tls: { port } })).rejects.toMatchObject({
    code: 'PORT_TAKEN',
    message: expect.stringContaining('another port for tls') as string,
  });
  await using _ = await startSandbox({ services: ['gitlab'], ports: { gitlab } });
});

test('a fault resets the connection under TLS', async () => {
  await using sandbox = await startSandbox({ tls: true, apps: ['shop'] });
  const { tls } = sandbox;
  const lost = sandbox.faults.add({
    on: { service: 'heroku', method: 'GET', path: '^/account$' },
    effect: { kind: 'reset-answer', afterBytes: 0 },
  });
  await expect(fetchByName(tls, 'api.heroku.com', '/account')).rejects.toMatchObject({ code: 'ECONNRESET' });
  expect(lost.fired).toBe(1);
  expect((await fetchByName(tls, 'gitlab.com', '/api/v4/projects/1/variables')).status).toBe(401);
});

test('binds to loopback only and serves only the given services', async () => {
  await using sandbox = await startSandbox({ tls: true, services: ['gitlab'] });
  const { tls } = sandbox;
  expect(tls.names).toEqual({ gitlab: ['gitlab.com'] });
  await expect(fetchByName(tls, 'api.heroku.com', '/')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
  if (outside === undefined) return;
  const refused = connect({ port: tls.port, host: outside });
  await expect(new Promise((_, reject) => refused.once('error', reject))).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('creates a new authority at each start, readable by its owner only, and never stores its key', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sandbox-tls-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const authorities: string[] = [];
  for (let start = 0; start < 2; start++) {
    const sandbox = await startSandbox({ dir, tls: true });
    await sandbox.close();
    const { caFile } = sandbox.tls;
    authorities.push(readFileSync(caFile, 'utf8'));
    expect(statSync(caFile).mode & 0o777).toBe(0o600);
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const contents = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
    expect(contents.filter((content) => content.includes('PRIVATE KEY'))).toEqual([]);
  }
  expect(authorities[0]).not.toBe(authorities[1]);
});

test('the certificate is valid for at most eight days and for these server names only', () => {
  const { ca, cert } = issueCertificate(['api.heroku.com', '127.0.0.1']);
  const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
  expect(server.checkIssued(authority)).toBe(true);
  expect(server.verify(authority.publicKey)).toBe(true);
  expect([authority.ca, server.ca]).toEqual([true, false]);
  expect(server.subjectAltName).toBe('DNS:api.heroku.com, IP Address:127.0.0.1');
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  const days = (Date.parse(server.validTo) - Date.parse(server.validFrom)) / 86_400_000;
  expect(days).toBeLessThan(8);
});
