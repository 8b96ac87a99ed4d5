import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { probeExecutor } from './run/probe/probe-executor.ts';
import { createDirectory } from './testing/directory.ts';
import { putOciImage } from './testing/images.ts';
import { startRegistry } from './testing/registry.ts';
import { tarLayer } from './testing/tar-layer.ts';

const bin = fileURLToPath(new URL('../bin/registry-pusher.js', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const { executor } = await probeExecutor();

describe.runIf(executor !== undefined)('the registry-pusher process', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('ends cleanly when %s comes while a RUN’s files are unpacked', async (signal, exitCode) => {
    const large = await tarLayer({ 'usr/bin/large': randomBytes(2_000_000).toString('hex') });
    let half: (() => void) | undefined;
    const isHalf = new Promise<void>((resolve) => (half = resolve));
    await using registry = await startRegistry({
      misbehave: (call, { blobs }) => {
        const digest = call.url.pathname.split('/').at(-1)!;
        const blob = call.method === 'GET' ? blobs.get(`library/node@${digest}`) : undefined;
        if (blob === undefined || blob.length < 1_000_000) return false;
        call.response.writeHead(200, { 'content-length': blob.length });
        call.response.write(blob.subarray(0, blob.length / 2), half);
        return true;
      },
    });
    putOciImage(registry, 'library/node', 'latest', { contents: [large.toString('latin1')] });
    await using context = await createDirectory({ Dockerfile: `FROM ${registry.name}/library/node\nRUN true\n` });
    await using scratch = await createDirectory({});
    const args = ['push', `${registry.name}/shop/web`, '--context', context.path];
    const child = spawn(process.execPath, ['--conditions=@tozo/source', `--import=${tsx}`, bin, ...args], {
      env: { PATH: process.env['PATH'], TMPDIR: scratch.path, DOCKER_CONFIG: '/nonexistent' },
    });
    const said = text(child.stderr);
    await isHalf;
    await expect.poll(() => readdir(scratch.path)).toContainEqual(expect.stringContaining('registry-pusher-run-'));
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([exitCode, null]);
    expect(await said).toMatch(/\nregistry-pusher: Canceled\.\n$/);
    expect((await readdir(scratch.path)).filter((name) => name.startsWith('registry-pusher'))).toEqual([]);
  });
});
