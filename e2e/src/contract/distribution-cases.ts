import { expect } from 'vitest';
import type { Case } from './distribution-case.ts';
import {
  blob,
  configOf,
  digest,
  digestOf,
  ociManifest,
  pushBlob,
  pushImage,
  putManifest,
  tagsIn,
} from './distribution-place.ts';
import { pushCases } from './distribution-push-cases.ts';

/** Cases of the OCI distribution specification, in the order of its sections. */
export const distributionCases: Readonly<Record<string, Case>> = {
  'returns 200 for the root': async ({ send }) => {
    expect(await send('GET', '/v2/')).toMatchObject({ status: 200 });
  },

  // Pulling
  'returns 404, BLOB_UNKNOWN for a missing blob': async ({ send, repository }) => {
    const path = `/v2/${repository}/blobs/${digestOf('nothing')}`;
    expect(await send('HEAD', path)).toMatchObject({ status: 404 });
    expect(await send('GET', path)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
  },
  'returns 404, MANIFEST_UNKNOWN for a missing manifest': async ({ send, repository }) => {
    for (const reference of ['nothing', digestOf('nothing')]) {
      const path = `/v2/${repository}/manifests/${reference}`;
      expect(await send('HEAD', path)).toMatchObject({ status: 404 });
      expect(await send('GET', path)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    }
  },
  'returns 404 for an invalid tag': async ({ send, repository }) => {
    expect((await send('GET', `/v2/${repository}/manifests/.INVALID_MANIFEST_NAME`)).status).toBe(404);
  },
  'returns a whole blob, and its size and digest for HEAD': async (place) => {
    const { send, repository } = place;
    await pushBlob(place);
    const head = await send('HEAD', `/v2/${repository}/blobs/${digest}`);
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('5000');
    expect(head.headers.get('docker-content-digest')).toBe(digest);
    expect((await send('GET', `/v2/${repository}/blobs/${digest}`)).bytes.equals(blob)).toBe(true);
  },
  'returns 206 for a range of a blob': async (place) => {
    await pushBlob(place);
    const response = await place.send('GET', `/v2/${place.repository}/blobs/${digest}`, {
      headers: { range: 'bytes=10-19' },
    });
    expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 10-19/5000']);
    expect(response.bytes.equals(blob.subarray(10, 20))).toBe(true);
  },
  'returns 416 for a range outside a blob': async (place) => {
    await pushBlob(place);
    const response = await place.send('GET', `/v2/${place.repository}/blobs/${digest}`, {
      headers: { range: 'bytes=5000-' },
    });
    expect(response.status).toBe(416);
  },
  'returns the bytes of a pushed manifest by tag and by digest': async (place) => {
    const { send, repository } = place;
    const manifest = await pushImage(place, 'v1');
    for (const reference of ['v1', digestOf(manifest)]) {
      const path = `/v2/${repository}/manifests/${reference}`;
      const read = await send('GET', path, { headers: { accept: ociManifest } });
      expect([read.status, read.headers.get('content-type')]).toEqual([200, ociManifest]);
      expect(read.bytes.equals(manifest)).toBe(true);
      const head = await send('HEAD', path, { headers: { accept: ociManifest } });
      expect(head.headers.get('docker-content-digest')).toBe(digestOf(manifest));
      expect(head.headers.get('content-length')).toBe(String(manifest.length));
    }
  },

  ...pushCases,

  // Content discovery
  'returns 404 for referrers, which are not supported': async (place) => {
    const manifest = await pushImage(place, 'latest');
    const path = `/v2/${place.repository}/referrers/${digestOf(manifest)}`;
    expect((await place.send('GET', path)).status).toBe(404);
  },
  'returns 404, NAME_UNKNOWN for the tags of a missing repository': async ({ send, repository }) => {
    expect(await send('GET', `/v2/${repository}/tags/list`)).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  },
  'lists all tags in order': async (place) => {
    const manifest = await pushImage(place, 'b');
    for (const tag of ['a', 'c', 'B', '1']) await putManifest(place, tag, manifest);
    expect(tagsIn(await place.send('GET', `/v2/${place.repository}/tags/list`))).toEqual(['1', 'B', 'a', 'b', 'c']);
  },
  'lists tags by pages: n, last and a Link': async (place) => {
    const manifest = await pushImage(place, 'b');
    for (const tag of ['a', 'c']) await putManifest(place, tag, manifest);
    const first = await place.send('GET', `/v2/${place.repository}/tags/list?n=2`);
    expect(tagsIn(first)).toEqual(['a', 'b']);
    expect(first.headers.get('link')).toMatch(/[?&]last=b.*; rel="next"$/);
    expect(tagsIn(await place.send('GET', `/v2/${place.repository}/tags/list?n=2&last=b`))).toEqual(['c']);
  },

  // Content management, which is optional
  'returns 405, UNSUPPORTED for removing a tag, manifest or blob': async (place) => {
    const manifest = await pushImage(place, 'latest');
    for (const path of [`manifests/${digestOf(manifest)}`, `blobs/${digestOf(configOf(manifest))}`]) {
      expect(await place.send('DELETE', `/v2/${place.repository}/${path}`), path).toMatchObject({
        status: 405,
        code: 'UNSUPPORTED',
      });
    }
  },

  // Bad input
  'returns 4xx for a repository with capital letters': async ({ send }) => {
    const { status } = await send('POST', '/v2/UPPER/blobs/uploads/');
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  },
  'returns 4xx for an invalid digest': async ({ send, repository }) => {
    for (const text of ['sha256:short', 'nothing']) {
      const { status } = await send('GET', `/v2/${repository}/blobs/${text}`);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  },
};
