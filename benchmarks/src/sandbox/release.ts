import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createRegistryClient, digestOf, type Image, imageOf } from '@tozo/registry-pusher';
import { responseOf, checkOut, writeApp } from '../fixture/app.ts';
import { runCommand } from '../process.ts';
import type { Finding } from './finding.ts';
import { type SandboxProcess, startSandboxProcess } from './server.ts';

const run = promisify(execFile);
/** The files of each layer, as copied by the app's Dockerfile. */
const layers = [['node_modules'], ['static'], ['package.json', 'main.js']];

/** Measures the time from the release of a pushed image to the new version's first response: for a new app and for one changed line. */
export async function measureRelease(directory: string, rounds: number): Promise<Finding[]> {
  const app = join(directory, 'app');
  await writeApp(app, 'scratch');
  const first: number[] = [];
  const changed: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const work = join(directory, `release-${round}`);
    await mkdir(work);
    await using sandbox = await startSandboxProcess(work);
    for (const [index, seconds] of [first, changed].entries()) {
      const checkout = join(work, `checkout-${index}`);
      await checkOut(app, checkout, `${round}.${index}`);
      const imageId = await push(sandbox, await imageOfApp(checkout));
      await runCommand('sync', []);
      seconds.push(await releaseAndWait(sandbox, imageId, responseOf(`${round}.${index}`)));
    }
    console.error(`release, round ${round}: ${JSON.stringify({ first: first.at(-1), changed: changed.at(-1) })}`);
  }
  return [
    {
      name: 'a new image of 3700 files and 76 MB, from its release to its first response, s',
      values: first,
      digits: 2,
    },
    { name: 'the same with one changed line, s', values: changed, digits: 2 },
  ];
}

async function imageOfApp(checkout: string): Promise<Image> {
  const tars = await Promise.all(layers.map((names, index) => tarOf(checkout, names, `${checkout}-${index}.tar`)));
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['node', 'main.js'], WorkingDir: '/app', Labels: { 'dev.tozo.stand-in': 'true' } },
    rootfs: { type: 'layers' as const, diff_ids: tars.map(({ diffId }) => diffId) },
    history: [],
  };
  return imageOf(
    config,
    tars.map(({ path, diffId }) => ({ kind: 'tar', diffId, tar: () => createReadStream(path) })),
  );
}

async function tarOf(checkout: string, names: readonly string[], path: string) {
  const settings = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--transform=s,^,app/,'];
  await run('tar', ['-cf', path, ...settings, '-C', checkout, ...names]);
  const bytes = await readFile(path);
  return { path, diffId: digestOf(bytes) };
}

async function push({ urls, apiKey }: SandboxProcess, image: Image): Promise<string> {
  const registry = new URL(urls.registry).host;
  const credentials = { username: '_', password: apiKey };
  const client = createRegistryClient({ endpoints: { [registry]: { credentials } } });
  try {
    return (await client.push(image, { registry, repository: 'shop/web' })).imageId;
  } finally {
    await client.close();
  }
}

async function releaseAndWait({ urls, apiKey }: SandboxProcess, imageId: string, expected: string): Promise<number> {
  const api = async (method: string, path: string, body?: object) => {
    const headers = {
      accept: 'application/vnd.heroku+json; version=3.docker-releases',
      authorization: `Bearer ${apiKey}`,
    };
    const response = await fetch(`${urls.heroku}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { web_url: string };
  };
  const { web_url: url } = await api('GET', '/apps/shop');
  const started = performance.now();
  await api('PATCH', '/apps/shop/formation', { updates: [{ type: 'web', docker_image: imageId }] });
  for (;;) {
    const text = await fetch(url).then(async (response) => await response.text());
    const seconds = (performance.now() - started) / 1000;
    if (text === expected) return seconds;
    if (seconds > 300) throw new Error(`${url} doesn't respond as the new version:\n${text}`);
    await sleep(20);
  }
}
