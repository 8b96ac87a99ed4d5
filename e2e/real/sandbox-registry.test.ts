import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Sandbox, startSandbox } from '@tozo/sandbox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const absent = ['skopeo', 'buildah'].filter((tool) => !isInstalled(tool));
if (absent.length > 0)
  console.log(`skipped: not installed: ${absent.join(', ')} (apt-get install ${absent.join(' ')})`);

describe.skipIf(absent.length > 0)('third-party programs and the sandbox', () => {
  let dir: string;
  let sandbox: Sandbox;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'tozo-registry-'));
    sandbox = await startSandbox({ apps: ['shop'] });
  });
  afterAll(async () => {
    await sandbox.close();
    await rm(dir, { recursive: true, force: true });
  });

  const registry = () => `docker://${new URL(sandbox.urls.registry).host}`;
  const hub = () => `docker://${new URL(sandbox.urls.hub).host}/library/node`;
  const skopeo = async (...args: string[]) => await output('skopeo', args);
  const push = async (from: string, to: string, format: 'v2s2' | 'oci', key = sandbox.apiKey) =>
    await skopeo(
      'copy',
      '--format',
      format,
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      '--dest-creds',
      `_:${key}`,
      from,
      to,
    );
  const inspect = async (...args: string[]) =>
    await skopeo('inspect', '--tls-verify=false', '--creds', `_:${sandbox.apiKey}`, ...args);

  describe('skopeo', () => {
    it('is rejected with an OCI manifest', async () => {
      await expect(push(`${hub()}:20`, `${registry()}/shop/web:latest`, 'oci')).rejects.toThrow(
        /unsupported: the operation is unsupported/,
      );
    });

    it('is rejected with a wrong key', async () => {
      await expect(push(`${hub()}:20`, `${registry()}/shop/web`, 'v2s2', 'wrong')).rejects.toThrow(/unauthorized/);
    });

    it('gets 400 without a body for a missing app', async () => {
      await expect(push(`${hub()}:20`, `${registry()}/nobody/web`, 'v2s2')).rejects.toThrow(/400 \(Bad Request\)/);
    });

    it('reads the mirror like Docker Hub: an index, from which it picks linux/amd64', async () => {
      const index = JSON.parse(await inspect('--raw', `${hub()}:20-slim`)) as {
        mediaType: string;
        manifests: unknown[];
      };
      expect(index).toMatchObject({ mediaType: 'application/vnd.oci.image.index.v1+json' });
      expect(index.manifests).toHaveLength(2);
      expect(JSON.parse(await inspect(`${hub()}:20.11.1`))).toMatchObject({
        Architecture: 'amd64',
        Labels: { 'dev.tozo.stand-in': 'true' },
        Env: expect.arrayContaining(['NODE_VERSION=20.11.1']) as unknown,
      });
    });

    it('pushes an image as Docker schema 2, reads the same bytes, and lists its tags', async () => {
      await push(`${hub()}:20`, `${registry()}/shop/web:v1`, 'v2s2');
      const raw = await inspect('--raw', `${registry()}/shop/web:v1`);
      expect(JSON.parse(raw)).toMatchObject({ mediaType: 'application/vnd.docker.distribution.manifest.v2+json' });
      const copy = join(dir, 'copy');
      await skopeo(
        'copy',
        '--src-tls-verify=false',
        '--src-creds',
        `_:${sandbox.apiKey}`,
        `${registry()}/shop/web:v1`,
        `dir:${copy}`,
      );
      expect(await readFile(join(copy, 'manifest.json'), 'utf8')).toBe(raw);
      expect(
        JSON.parse(
          await skopeo('list-tags', '--tls-verify=false', '--creds', `_:${sandbox.apiKey}`, `${registry()}/shop/web`),
        ),
      ).toMatchObject({ Tags: ['v1'] });
    });

    it('mounts the layers for another process type, and sends no blob twice', async () => {
      await push(`${hub()}:20`, `${registry()}/shop/web:v1`, 'v2s2');
      const before = sandbox.journal.uploadedBlobBytes();
      await push(`${hub()}:20`, `${registry()}/shop/worker:v1`, 'v2s2');
      expect(
        sandbox.journal.count({ service: 'registry', method: 'POST', path: /^\/v2\/shop\/worker\//, status: 201 }),
      ).toBeGreaterThan(0);
      expect(sandbox.journal.uploadedBlobBytes() - before).toBeLessThan(2000);
    });
  });

  describe('buildah', () => {
    const image = 'localhost/shop';
    const buildah = async (...args: string[]) =>
      await output('buildah', [
        '--root',
        join(dir, 'storage'),
        '--runroot',
        join(dir, 'run'),
        '--storage-driver',
        'vfs',
        ...args,
      ]);
    const pushBuilt = async (format: 'v2s2' | 'oci') =>
      await buildah(
        'push',
        '--format',
        format,
        '--tls-verify=false',
        '--creds',
        `_:${sandbox.apiKey}`,
        image,
        `${registry()}/shop/web:built`,
      );

    beforeAll(async () => {
      await mkdir(join(dir, 'context'));
      await writeFile(
        join(dir, 'context/main.js'),
        'require("http").createServer((q, s) => s.end("built")).listen(process.env.PORT)',
      );
      await writeFile(
        join(dir, 'context/Dockerfile'),
        `FROM ${hub().replace('docker://', '')}:20\nWORKDIR /app\nCOPY main.js .\nCMD ["node", "/app/main.js"]\n`,
      );
      await buildah('bud', '--isolation', 'chroot', '--tls-verify=false', '--tag', image, join(dir, 'context'));
    });

    it('is rejected with an OCI manifest', async () => {
      await expect(pushBuilt('oci')).rejects.toThrow(/unsupported/);
    });

    it('pushes an image built on the stand-in base, and the release runs it', async () => {
      await pushBuilt('v2s2');
      const manifest = JSON.parse(await inspect('--raw', `${registry()}/shop/web:built`)) as {
        config: { digest: string };
      };
      const response = await fetch(`${sandbox.urls.heroku}/apps/shop/formation`, {
        method: 'PATCH',
        headers: {
          accept: 'application/vnd.heroku+json; version=3.docker-releases',
          authorization: `Bearer ${sandbox.apiKey}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ updates: [{ type: 'web', docker_image: manifest.config.digest }] }),
      });
      expect(response.status).toBe(200);
      await expect
        .poll(async () => await (await fetch(sandbox.appUrl('shop') ?? '')).text(), { timeout: 20_000 })
        .toBe('built');
    });
  });
});

/** Returns a program's output. Rejects with its error output. */
async function output(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(program, args, { maxBuffer: 2 ** 24 })).stdout;
  } catch (error) {
    throw new Error(`${program} ${args[0]}: ${(error as { stderr?: string }).stderr ?? String(error)}`, {
      cause: error,
    });
  }
}

function isInstalled(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
