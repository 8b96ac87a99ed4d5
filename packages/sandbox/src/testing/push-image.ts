import { standInLabel } from '../base/image.ts';
import type { SeedFiles } from '../seed/seed.ts';
import type { Sandbox } from '../server/sandbox.ts';
import { dockerManifest, imageOf, sha256 } from './images.ts';

/** A tiny image: text files in one layer without a base, run by this machine's Node.js. */
export type TestImage = SeedFiles;

export interface PushedTestImage {
  readonly imageId: string;
  readonly manifestDigest: string;
}

/**
 * Pushes an image with plain requests to the tag `latest` of `repository`, `APP/TYPE`. All but one of its `layers` have one
 * empty file.
 */
export async function pushImage(
  sandbox: Pick<Sandbox<'registry'>, 'urls' | 'apiKey'>,
  repository: string,
  { files, command, env = [], workingDir = '/app' }: TestImage,
  layers = 1,
): Promise<PushedTestImage> {
  const entryOf = (name: string, content: string) => ({ name, content, mode: 0o644, mtime: new Date(0) });
  const entries = Object.entries(files).map(([name, content]) => entryOf(name, content));
  const others = Array.from({ length: layers - 1 }, (_, index) => [entryOf(`layer-${index}`, '')]);
  const { imageId, manifest, manifestDigest, blobs } = await imageOf([entries, ...others], {
    Env: env,
    Cmd: command,
    WorkingDir: workingDir,
    Labels: { [standInLabel]: 'true' },
  });
  const base = `${sandbox.urls.registry}/v2/${repository}`;
  const authorization = `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}`;
  for (const blob of [...blobs.values()].toReversed()) {
    const started = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } });
    if (started.status !== 202) throw new Error(`upload: ${started.status} ${await started.text()}`);
    const target = new URL(started.headers.get('location') ?? '', base);
    target.searchParams.set('digest', sha256(blob));
    const stored = await fetch(target, { method: 'PUT', headers: { authorization }, body: blob });
    if (stored.status !== 201) throw new Error(`blob: ${stored.status} ${await stored.text()}`);
  }
  const put = await fetch(`${base}/manifests/latest`, {
    method: 'PUT',
    headers: { authorization, 'content-type': dockerManifest },
    body: manifest,
  });
  if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`);
  return { imageId, manifestDigest };
}

/** A web server that responds with `text`, in which `%VAR%` is the value of that environment variable. */
export function webImage(text: string, extra: Partial<TestImage> = {}): TestImage {
  const source = `
    const { createServer } = require('node:http');
    const text = ${JSON.stringify(text)}.replace(/%(\\w+)%/g, (_, name) => process.env[name] ?? '');
    createServer((request, response) => response.end(text)).listen(process.env.PORT, () => console.log('listening'));
  `;
  return { files: { 'app/main.js': source }, command: ['node', 'main.js'], ...extra };
}

/** An image that runs a script. */
export function scriptImage(source: string): TestImage {
  return { files: { 'app/main.js': source }, command: ['node', 'main.js'] };
}
