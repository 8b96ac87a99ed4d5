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

/** Cases of the OCI distribution specification, of its section Push. */
export const pushCases: Readonly<Record<string, Case>> = {
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
};
