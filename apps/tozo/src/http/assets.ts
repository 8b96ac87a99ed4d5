import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Routes } from './router.ts';

const assets = [
  { file: 'style.css', type: 'text/css; charset=utf-8' },
  { file: 'enhance.js', type: 'text/javascript; charset=utf-8' },
  { file: 'icon.svg', type: 'image/svg+xml' },
] as const;

/** Reads the page's files once and serves them under `/`. Browsers revalidate every time; unchanged files are a 304. */
export async function assetRoutes(directory: URL): Promise<Routes> {
  const entries = assets.map(async ({ file, type }) => {
    const body = await readFile(new URL(file, directory));
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
    const headers = { 'content-type': type, 'cache-control': 'no-cache', etag };
    const handler: Routes[string] = (request) =>
      request.headers['if-none-match'] === etag ? { status: 304, headers, body: '' } : { status: 200, headers, body };
    return [`GET /${file}`, handler] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
