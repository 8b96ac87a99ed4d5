import { expect } from 'vitest';
import type { Case } from './distribution-case.ts';
import {
  begin,
  blob,
  chunk,
  digest,
  digestOf,
  imageManifest,
  locationOf,
  ociIndex,
  ociManifest,
  pushBlob,
  pushImage,
  putManifest,
  uploads,
  withDigest,
} from './distribution-place.ts';

const asOci = { headers: { accept: ociManifest } };

/** Cases of the OCI distribution specification's section Push. */
export const pushCases: Readonly<Record<string, Case>> = {
  'starts an upload: 202 with a Location': async (place) => {
    const response = await place.send('POST', uploads(place));
    expect([response.status, response.headers.get('location') !== null]).toEqual([202, true]);
  },
  'accepts a monolithic upload by POST and PUT: 201': async (place) => {
    const response = await place.send('PUT', withDigest(await begin(place)), { body: blob });
    expect(response.status).toBe(201);
    expect((await place.send('GET', String(response.headers.get('location')))).bytes.equals(blob)).toBe(true);
  },
  'accepts a monolithic upload by one POST: 201, or 202 if it is not supported': async (place) => {
    const response = await place.send('POST', `${uploads(place)}?digest=${digest}`, { body: blob });
    expect([201, 202]).toContain(response.status);
  },
  'accepts a monolithic upload by one POST: 201': async (place) => {
    expect((await place.send('POST', `${uploads(place)}?digest=${digest}`, { body: blob })).status).toBe(201);
  },
  'accepts a streamed upload by one PATCH, 202, and PUT: 201': async (place) => {
    const patched = await place.send('PATCH', await begin(place), { body: blob });
    expect([patched.status, patched.headers.get('range')]).toEqual([202, '0-4999']);
    expect((await place.send('PUT', withDigest(locationOf(patched)))).status).toBe(201);
  },
  'accepts chunks, the last one in the PUT: 201': async (place) => {
    const first = await place.send('PATCH', await begin(place), chunk(0, 1999));
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-1999']);
    const second = await place.send('PATCH', locationOf(first), chunk(2000, 2999));
    expect([second.status, second.headers.get('range')]).toEqual([202, '0-2999']);
    expect((await place.send('PUT', withDigest(locationOf(second)), chunk(3000, 4999))).status).toBe(201);
    expect((await place.send('GET', `/v2/${place.repository}/blobs/${digest}`)).bytes.equals(blob)).toBe(true);
  },
  'returns 416 for a chunk out of order': async (place) => {
    expect((await place.send('PATCH', await begin(place), chunk(3000, 4999))).status).toBe(416);
  },
  'returns 416 for a chunk that is sent twice': async (place) => {
    const first = await place.send('PATCH', await begin(place), chunk(0, 1999));
    expect((await place.send('PATCH', locationOf(first), chunk(0, 1999))).status).toBe(416);
  },
  'returns 4xx for a chunk that is shorter than its range': async (place) => {
    const options = { headers: { 'content-range': '0-1999' }, body: blob.subarray(0, 1000) };
    expect((await place.send('PATCH', await begin(place), options)).status).toBeGreaterThanOrEqual(400);
  },
  'reports the progress of an upload: 204 with the range': async (place) => {
    const first = await place.send('PATCH', await begin(place), chunk(0, 1999));
    const status = await place.send('GET', locationOf(first));
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-1999']);
  },
  'cancels an upload: 204, then 404': async (place) => {
    const location = await begin(place);
    expect((await place.send('DELETE', location)).status).toBe(204);
    expect(await place.send('GET', location)).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  },
  'returns 400, DIGEST_INVALID for content with another digest': async (place) => {
    const response = await place.send('PUT', `${await begin(place)}&digest=${digestOf('other')}`, { body: blob });
    expect(response).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  },
  'returns 404, BLOB_UPLOAD_INVALID without the query of the Location': async (place) => {
    const [path = ''] = (await begin(place)).split('?');
    expect(await place.send('PATCH', path, { body: blob })).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_INVALID' });
  },
  "mounts another repository's blob: 201": async (place) => {
    const other = { ...place, repository: `${place.repository}-other` };
    await pushBlob(other);
    const response = await place.send('POST', `${uploads(place)}?mount=${digest}&from=${other.repository}`);
    expect([response.status, response.headers.get('docker-content-digest')]).toEqual([201, digest]);
    expect((await place.send('HEAD', `/v2/${place.repository}/blobs/${digest}`)).status).toBe(200);
  },
  'starts an upload instead of mounting a missing blob: 202 with a Location': async (place) => {
    for (const query of [`mount=${digestOf('nothing')}&from=${place.repository}-no`, `mount=${digestOf('nothing')}`]) {
      const response = await place.send('POST', `${uploads(place)}?${query}`);
      expect([response.status, response.headers.get('location') !== null]).toEqual([202, true]);
    }
  },
  "doesn't return a blob of another repository": async (place) => {
    await pushBlob({ ...place, repository: `${place.repository}-other` });
    expect((await place.send('HEAD', `/v2/${place.repository}/blobs/${digest}`)).status).toBe(404);
  },
  'returns MANIFEST_BLOB_UNKNOWN for a manifest without its blobs': async (place) => {
    const response = await putManifest(place, 'latest', imageManifest(Buffer.from('{"never":"pushed"}')));
    expect(response).toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' });
  },
  'returns 400, MANIFEST_INVALID for a manifest that is not JSON': async (place) => {
    expect(await putManifest(place, 'latest', Buffer.from('{'))).toMatchObject({
      status: 400,
      code: 'MANIFEST_INVALID',
    });
  },
  'returns 400, DIGEST_INVALID for a manifest under another digest': async (place) => {
    const manifest = await pushImage(place, 'latest');
    const response = await putManifest(place, digestOf('other'), manifest);
    expect(response).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  },
  'returns 400, MANIFEST_INVALID for a descriptor with a wrong size': async (place) => {
    const config = Buffer.from('{"size":"wrong"}');
    await pushBlob(place, config);
    const manifest = imageManifest(config, config.length + 1);
    expect(await putManifest(place, 'latest', manifest)).toMatchObject({ status: 400, code: 'MANIFEST_INVALID' });
  },
  'accepts an index of existing manifests: 201': async (place) => {
    const child = await pushImage(place, 'child');
    const manifests = [{ mediaType: ociManifest, digest: digestOf(child), size: child.length }];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests }));
    expect((await putManifest(place, 'index', index, ociIndex)).status).toBe(201);
    const read = await place.send('GET', `/v2/${place.repository}/manifests/index`, { headers: { accept: ociIndex } });
    expect(read.bytes.equals(index)).toBe(true);
  },
  'moves a tag to the last pushed manifest': async (place) => {
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

  'accepts an empty blob: 201': async (place) => {
    await pushBlob(place, Buffer.alloc(0));
    const read = await place.send('GET', `/v2/${place.repository}/blobs/${digestOf('')}`);
    expect([read.status, read.bytes.length]).toEqual([200, 0]);
  },
  'accepts a manifest of almost 4 MB: 201': async (place) => {
    const manifest = JSON.parse((await pushImage(place, 'small')).toString()) as object;
    const large = Buffer.from(JSON.stringify({ ...manifest, annotations: { long: 'x'.repeat(3_900_000) } }));
    expect((await putManifest(place, 'large', large)).status).toBe(201);
    expect((await place.send('HEAD', `/v2/${place.repository}/manifests/${digestOf(large)}`, asOci)).status).toBe(200);
  },
  'accepts an artifact whose subject exists or not: 201': async (place) => {
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
};
