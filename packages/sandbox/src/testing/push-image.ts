import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Sandbox } from '../server/sandbox.ts';

/** A tiny image: text files in one layer without a base, run by this machine's Node.js. */
export interface TestImage {
  /** Contents by path in the image. */
  readonly files: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: string;
}

export interface PushedTestImage {
  readonly imageId: string;
  readonly manifestDigest: string;
}

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';

/** Pushes an image with plain requests to the tag `latest` of `repository`, `APP/TYPE`. */
export async function pushImage(
  sandbox: Pick<Sandbox<'registry'>, 'urls' | 'apiKey'>,
  repository: string,
  image: TestImage,
): Promise<PushedTestImage> {
  const layer = await tarOf(image.files);
  const compressed = gzipSync(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: {
        Env: image.env ?? [],
        Cmd: image.command,
        WorkingDir: image.workingDir ?? '/app',
        Labels: { 'dev.tozo.stand-in': 'true' },
      },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  );
  const base = `${sandbox.urls.registry}/v2/${repository}`;
  const authorization = `Basic ${Buffer.from(`_:${sandbox.apiKey}`).toString('base64')}`;
  for (const blob of [compressed, config]) {
    const started = await fetch(`${base}/blobs/uploads/`, { method: 'POST', headers: { authorization } });
    if (started.status !== 202) throw new Error(`upload: ${started.status} ${await started.text()}`);
    const target = new URL(started.headers.get('location') ?? '', base);
    target.searchParams.set('digest', digestOf(blob));
    const stored = await fetch(target, { method: 'PUT', headers: { authorization }, body: blob });
    if (stored.status !== 201) throw new Error(`blob: ${stored.status} ${await stored.text()}`);
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digestOf(config),
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: compressed.length,
        digest: digestOf(compressed),
      },
    ],
  });
  const put = await fetch(`${base}/manifests/latest`, {
    method: 'PUT',
    headers: { authorization, 'content-type': manifestType },
    body: manifest,
  });
  if (put.status !== 201) throw new Error(`manifest: ${put.status} ${await put.text()}`);
  return { imageId: digestOf(config), manifestDigest: digestOf(Buffer.from(manifest)) };
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

async function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) {
    tar.entry({ name, mode: 0o644, mtime: new Date(0) }, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
