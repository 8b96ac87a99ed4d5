import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createCertificate } from '../../testing/certificate.ts';
import { putOciImage } from '../../testing/images.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startProxy } from '../../testing/proxy.ts';
import { respond, type Call, type RegistryOptions, startRegistry } from '../../testing/registry.ts';

const run = promisify(execFile);
const hosts = ['registry.example', 'cdn.example', 'direct.example'];
const tls = createCertificate([...hosts, '127.0.0.1']);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tls-test-'));
  await writeFile(join(directory, 'ca.pem'), tls.cert);
});
afterAll(() => rm(directory, { recursive: true }));

/** Reads images in a child process, through a proxy that connects every host to one registry. */
async function readThroughProxy(options: RegistryOptions, references: (port: string) => string[]) {
  await using registry = await startRegistry({ tls, ...options });
  for (const repository of ['shop/web', 'shop/moved']) putOciImage(registry, repository, 'latest');
  const port = registry.name.split(':')[1]!;
  await using proxy = await startProxy(Number(port));
  const { stdout } = await run(
    process.execPath,
    ['--conditions=@tozo/source', '--import=tsx', 'src/testing/read-images.ts', ...references(port)],
    {
      env: {
        PATH: process.env['PATH'],
        HTTPS_PROXY: proxy.url,
        HTTP_PROXY: proxy.url,
        NO_PROXY: 'direct.example',
        NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem'),
      },
    },
  );
  return { outcomes: JSON.parse(stdout) as string[], asked: proxy.requested, calls: registry.calls };
}

/** Redirects requests for blobs to other places, by their repository. */
function redirectBlobs(places: Record<string, string>) {
  return (call: Call) => {
    const place = Object.entries(places).find(([repository]) =>
      call.url.pathname.startsWith(`/v2/${repository}/blobs/`),
    );
    if (!place || call.headers.host !== 'registry.example') return false;
    respond(call, 307, { location: `${place[1]}${call.url.pathname}` });
    return true;
  };
}

test.for(['', '0'])(
  'rejects an untrusted certificate with NODE_TLS_REJECT_UNAUTHORIZED="%s" (fault 92, registry-pusher)',
  async (value) => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
    await using registry = await startRegistry({ tls });
    await using client = impatientClient({ endpoints: { [registry.name]: { url: registry.origin } } });

    await expect(client.getImage({ registry: registry.name, repository: 'shop/web' })).rejects.toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(registry.calls).toEqual([]);
    vi.unstubAllEnvs();
  },
);

test("a public registry can't redirect into a private network or from https to http (faults 13, 16, registry-pusher)", async () => {
  const misbehave = redirectBlobs({ 'shop/web': 'https://169.254.169.254', 'shop/moved': 'http://registry.example' });

  const { outcomes, asked } = await readThroughProxy({ misbehave }, () => [
    'registry.example/shop/web',
    'registry.example/shop/moved',
  ]);

  expect(outcomes[0]).toMatch(/^REFERRAL_REFUSED .*169\.254\.169\.254/);
  expect(outcomes[1]).toMatch(/^REFERRAL_REFUSED .*plain http/);
  expect(new Set(asked)).toEqual(new Set(['registry.example:443']));
});

test('uses HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS, and sends no key to another host (faults 15, 92, registry-pusher)', async () => {
  const { outcomes, asked, calls } = await readThroughProxy(
    {
      login: { scheme: 'basic', username: '_', password: 'a-key' },
      misbehave: (call, { blobs }) => {
        if (call.headers.host !== 'cdn.example') return redirectBlobs({ 'shop/moved': 'https://cdn.example' })(call);
        respond(call, 200, {}, blobs.get(`shop/moved@${call.url.pathname.split('/').at(-1)}`));
        return true;
      },
    },
    (port) => ['registry.example/shop/moved', `direct.example:${port}/shop/web`, `127.0.0.1:${port}/shop/web`],
  );

  expect(outcomes).toEqual(['read', 'read', 'read']);
  expect(new Set(asked)).toEqual(new Set(['registry.example:443', 'cdn.example:443']));
  const toOther = calls.filter(({ headers }) => headers.host === 'cdn.example');
  expect(toOther.map(({ headers }) => headers.authorization)).toEqual([undefined]);
});
