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

/** Cases of the OCI distribution specification, by its sections. */
export const distributionCases: Readonly<Record<string, Case>> = {
  'the root answers 200': async ({ send }) => {
    expect(await send('GET', '/v2/')).toMatchObject({ status: 200 });
  },

  // Pulling
  'a blob that is not there: 404, BLOB_UNKNOWN': async ({ send, repository }) => {
    const path = `/v2/${repository}/blobs/${digestOf('nothing')}`;
    expect(await send('HEAD', path)).toMatchObject({ status: 404 });
    expect(await send('GET', path)).toMatchObject({ status: 404, code: 'BLOB_UNKNOWN' });
  },
  'a manifest that is not there: 404, MANIFEST_UNKNOWN': async ({ send, repository }) => {
    for (const reference of ['nothing', digestOf('nothing')]) {
      const path = `/v2/${repository}/manifests/${reference}`;
      expect(await send('HEAD', path)).toMatchObject({ status: 404 });
      expect(await send('GET', path)).toMatchObject({ status: 404, code: 'MANIFEST_UNKNOWN' });
    }
  },
  'a reference that is no tag: 404': async ({ send, repository }) => {
    expect((await send('GET', `/v2/${repository}/manifests/.INVALID_MANIFEST_NAME`)).status).toBe(404);
  },
  'a blob is read whole, HEAD tells its size and digest': async (place) => {
    const { send, repository } = place;
    await pushBlob(place);
    const head = await send('HEAD', `/v2/${repository}/blobs/${digest}`);
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe('5000');
    expect(head.headers.get('docker-content-digest')).toBe(digest);
    expect((await send('GET', `/v2/${repository}/blobs/${digest}`)).bytes.equals(blob)).toBe(true);
  },
  'a range of a blob: 206': async (place) => {
    await pushBlob(place);
    const answer = await place.send('GET', `/v2/${place.repository}/blobs/${digest}`, {
      headers: { range: 'bytes=10-19' },
    });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([206, 'bytes 10-19/5000']);
    expect(answer.bytes.equals(blob.subarray(10, 20))).toBe(true);
  },
  'a range outside of a blob: 416': async (place) => {
    await pushBlob(place);
    const answer = await place.send('GET', `/v2/${place.repository}/blobs/${digest}`, {
      headers: { range: 'bytes=5000-' },
    });
    expect(answer.status).toBe(416);
  },
  'a manifest is read in the bytes that were pushed, by tag and by digest': async (place) => {
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
  'who refers to a manifest: 404, where that is not offered': async (place) => {
    const manifest = await pushImage(place, 'latest');
    const path = `/v2/${place.repository}/referrers/${digestOf(manifest)}`;
    expect((await place.send('GET', path)).status).toBe(404);
  },
  'the tags of a repository that is not there: 404, NAME_UNKNOWN': async ({ send, repository }) => {
    expect(await send('GET', `/v2/${repository}/tags/list`)).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
  },
  'all tags, in order': async (place) => {
    const manifest = await pushImage(place, 'b');
    for (const tag of ['a', 'c', 'B', '1']) await putManifest(place, tag, manifest);
    expect(tagsIn(await place.send('GET', `/v2/${place.repository}/tags/list`))).toEqual(['1', 'B', 'a', 'b', 'c']);
  },
  'tags by pages: n, last and a Link': async (place) => {
    const manifest = await pushImage(place, 'b');
    for (const tag of ['a', 'c']) await putManifest(place, tag, manifest);
    const first = await place.send('GET', `/v2/${place.repository}/tags/list?n=2`);
    expect(tagsIn(first)).toEqual(['a', 'b']);
    expect(first.headers.get('link')).toMatch(/[?&]last=b.*; rel="next"$/);
    expect(tagsIn(await place.send('GET', `/v2/${place.repository}/tags/list?n=2&last=b`))).toEqual(['c']);
  },

  // Content management, that a registry may leave out
  'a tag, a manifest, a blob may not be removed: 405, UNSUPPORTED': async (place) => {
    const manifest = await pushImage(place, 'latest');
    for (const path of [`manifests/${digestOf(manifest)}`, `blobs/${digestOf(configOf(manifest))}`]) {
      expect(await place.send('DELETE', `/v2/${place.repository}/${path}`), path).toMatchObject({
        status: 405,
        code: 'UNSUPPORTED',
      });
    }
  },

  // Bad input
  'a repository with capitals: 4xx': async ({ send }) => {
    const { status } = await send('POST', '/v2/UPPER/blobs/uploads/');
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  },
  'a digest that is none: 4xx': async ({ send, repository }) => {
    for (const text of ['sha256:short', 'nothing']) {
      const { status } = await send('GET', `/v2/${repository}/blobs/${text}`);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
  },
};
