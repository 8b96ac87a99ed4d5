import { expect } from 'vitest';
import {
  begin,
  blob,
  chunk,
  configOf,
  digest,
  digestOf,
  imageManifest,
  locationOf,
  ociIndex,
  ociManifest,
  type Place,
  pushBlob,
  pushImage,
  putManifest,
  tagsIn,
  uploads,
  withDigest,
} from './distribution-place.ts';

const asOci = { headers: { accept: ociManifest } };

type Case = (place: Place) => Promise<void>;

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

  // Pushing
  'an upload is begun: 202 with a Location': async (place) => {
    const answer = await place.send('POST', uploads(place));
    expect([answer.status, answer.headers.get('location') !== null]).toEqual([202, true]);
  },
  'monolithic, POST and PUT: 201': async (place) => {
    const answer = await place.send('PUT', withDigest(await begin(place)), { body: blob });
    expect(answer.status).toBe(201);
    expect((await place.send('GET', String(answer.headers.get('location')))).bytes.equals(blob)).toBe(true);
  },
  'monolithic, one POST: 201, or 202 where that is not offered': async (place) => {
    const answer = await place.send('POST', `${uploads(place)}?digest=${digest}`, { body: blob });
    expect([201, 202]).toContain(answer.status);
  },
  'monolithic, one POST: 201': async (place) => {
    expect((await place.send('POST', `${uploads(place)}?digest=${digest}`, { body: blob })).status).toBe(201);
  },
  'streamed, one PATCH: 202, then PUT: 201': async (place) => {
    const patched = await place.send('PATCH', await begin(place), { body: blob });
    expect([patched.status, patched.headers.get('range')]).toEqual([202, '0-4999']);
    expect((await place.send('PUT', withDigest(locationOf(patched)))).status).toBe(201);
  },
  'in chunks, the last one in the PUT: 201': async (place) => {
    const first = await place.send('PATCH', await begin(place), chunk(0, 1999));
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-1999']);
    const second = await place.send('PATCH', locationOf(first), chunk(2000, 2999));
    expect([second.status, second.headers.get('range')]).toEqual([202, '0-2999']);
    expect((await place.send('PUT', withDigest(locationOf(second)), chunk(3000, 4999))).status).toBe(201);
    expect((await place.send('GET', `/v2/${place.repository}/blobs/${digest}`)).bytes.equals(blob)).toBe(true);
  },
  'a chunk out of order: 416': async (place) => {
    expect((await place.send('PATCH', await begin(place), chunk(3000, 4999))).status).toBe(416);
  },
  'a chunk sent twice: 416': async (place) => {
    const first = await place.send('PATCH', await begin(place), chunk(0, 1999));
    expect((await place.send('PATCH', locationOf(first), chunk(0, 1999))).status).toBe(416);
  },
  'a chunk that is shorter than its range: 4xx': async (place) => {
    const options = { headers: { 'content-range': '0-1999' }, body: blob.subarray(0, 1000) };
    expect((await place.send('PATCH', await begin(place), options)).status).toBeGreaterThanOrEqual(400);
  },
  'how far an upload has come: 204 with the range': async (place) => {
    const first = await place.send('PATCH', await begin(place), chunk(0, 1999));
    const status = await place.send('GET', locationOf(first));
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-1999']);
  },
  'an upload that is given up: 204, then 404': async (place) => {
    const location = await begin(place);
    expect((await place.send('DELETE', location)).status).toBe(204);
    expect(await place.send('GET', location)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  },
  'content of another digest: 400, DIGEST_INVALID': async (place) => {
    const answer = await place.send('PUT', `${await begin(place)}&digest=${digestOf('other')}`, { body: blob });
    expect(answer).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  },
  'an upload without the query of its Location: 404, BLOB_UPLOAD_INVALID': async (place) => {
    const [path = ''] = (await begin(place)).split('?');
    expect(await place.send('PATCH', path, { body: blob })).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_INVALID' });
  },
  'a mount of what another repository has: 201': async (place) => {
    const other = { ...place, repository: `${place.repository}-other` };
    await pushBlob(other);
    const answer = await place.send('POST', `${uploads(place)}?mount=${digest}&from=${other.repository}`);
    expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([201, digest]);
    expect((await place.send('HEAD', `/v2/${place.repository}/blobs/${digest}`)).status).toBe(200);
  },
  'a mount of what it has not, or from nowhere: 202 with a Location': async (place) => {
    for (const query of [`mount=${digestOf('nothing')}&from=${place.repository}-no`, `mount=${digestOf('nothing')}`]) {
      const answer = await place.send('POST', `${uploads(place)}?${query}`);
      expect([answer.status, answer.headers.get('location') !== null]).toEqual([202, true]);
    }
  },
  'a blob of another repository is not there': async (place) => {
    await pushBlob({ ...place, repository: `${place.repository}-other` });
    expect((await place.send('HEAD', `/v2/${place.repository}/blobs/${digest}`)).status).toBe(404);
  },
  'a manifest whose blobs were not pushed: MANIFEST_BLOB_UNKNOWN': async (place) => {
    const answer = await putManifest(place, 'latest', imageManifest(Buffer.from('{"never":"pushed"}')));
    expect(answer).toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
  },
  'a manifest that is no JSON: 400, MANIFEST_INVALID': async (place) => {
    expect(await putManifest(place, 'latest', Buffer.from('{'))).toMatchObject({
      status: 400,
      code: 'MANIFEST_INVALID',
    });
  },
  'a manifest under a digest that is not its own: 400, DIGEST_INVALID': async (place) => {
    const manifest = await pushImage(place, 'latest');
    const answer = await putManifest(place, digestOf('other'), manifest);
    expect(answer).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  },
  'a descriptor with another size than its blob: 400, MANIFEST_INVALID': async (place) => {
    const config = Buffer.from('{"size":"wrong"}');
    await pushBlob(place, config);
    const manifest = imageManifest(config, config.length + 1);
    expect(await putManifest(place, 'latest', manifest)).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
  },
  'an index of manifests that are there: 201': async (place) => {
    const child = await pushImage(place, 'child');
    const manifests = [{ mediaType: ociManifest, digest: digestOf(child), size: child.length }];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
    expect((await putManifest(place, 'index', index, ociIndex)).status).toBe(201);
    const read = await place.send('GET', `/v2/${place.repository}/manifests/index`, { headers: { accept: ociIndex } });
    expect(read.bytes.equals(index)).toBe(true);
  },
  'a tag moves to the manifest that was pushed last': async (place) => {
    const first = await pushImage(place, 'latest');
    const second = await pushImage(place, 'latest');
    const read = await place.send('GET', `/v2/${place.repository}/manifests/latest`, {
      headers: { accept: ociManifest },
    });
    expect(read.bytes.equals(second)).toBe(true);
    const old = await place.send('HEAD', `/v2/${place.repository}/manifests/${digestOf(first)}`, {
      headers: { accept: ociManifest },
    });
    expect(old.status).toBe(200);
  },

  'an empty blob: 201, read back empty': async (place) => {
    await pushBlob(place, Buffer.alloc(0));
    const read = await place.send('GET', `/v2/${place.repository}/blobs/${digestOf('')}`);
    expect([read.status, read.bytes.length]).toEqual([200, 0]);
  },
  'a manifest of almost 4 MB: 201': async (place) => {
    const manifest = JSON.parse((await pushImage(place, 'small')).toString()) as object;
    const large = Buffer.from(JSON.stringify({ ...manifest, annotations: { long: 'x'.repeat(3_900_000) } }));
    expect((await putManifest(place, 'large', large)).status).toBe(201);
    expect((await place.send('HEAD', `/v2/${place.repository}/manifests/${digestOf(large)}`, asOci)).status).toBe(200);
  },
  'an artifact that is about another manifest, there or not: 201': async (place) => {
    const subject = await pushImage(place, 'subject');
    const config = Buffer.from('{}');
    await pushBlob(place, config);
    for (const of of [subject, Buffer.from('nothing')]) {
      const artifact = {
        ...(JSON.parse(imageManifest(config).toString()) as object),
        artifactType: 'application/vnd.example',
        subject: { mediaType: ociManifest, digest: digestOf(of), size: of.length },
      };
      expect((await putManifest(place, 'about', Buffer.from(JSON.stringify(artifact)))).status).toBe(201);
    }
  },

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
