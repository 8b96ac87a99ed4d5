import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { createDirectory } from '../../testing/directory.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';
import { push } from './push.ts';

test('pushes one build as several images, and sends nothing the second time', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  await using project = await createDirectory({ 'main.js': '1' });
  const request = {
    to: `${registry.name}/shop/web:1`,
    tags: ['latest'],
    format: 'oci',
    base: 'scratch',
    context: project.path,
    layers: [{ files: 'main.js', to: '/app/' }],
    config: { Cmd: ['node', 'main.js'] },
    variants: [{ to: `${registry.name}/shop/worker`, command: ['node', 'worker.js'] }],
  } as const;
  const first = await push(request, { registry: client });
  expect(registry.manifests.get('shop/web:latest')!.type).toBe(mediaTypes.ociManifest);
  const [worker] = first.variants;
  const image = await client.getImage({ registry: registry.name, repository: 'shop/worker', tag: 'latest' });
  expect(image).toMatchObject({ imageId: worker!.imageId, config: { config: { Cmd: ['node', 'worker.js'] } } });
  expect(worker!.layers[0]!.descriptor).toEqual(first.layers[0]!.descriptor);

  const again = await push(request, { registry: client });
  expect([again.sentBytes, again.manifestDigest]).toEqual([0, first.manifestDigest]);
});

test('rejects what Heroku cannot release before any request, unless other rules apply', async () => {
  await using project = await createDirectory({});
  const request = { to: 'registry.heroku.com/shop/web', base: 'scratch', layers: [], context: project.path } as const;
  await expect(push({ ...request, format: 'oci' })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  await expect(push({ ...request, platform: 'linux/arm64' })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  await expect(push({ ...request, to: 'registry.heroku.com/shop/web:v1' })).rejects.toThrow('use latest');

  await using registry = await startRegistry();
  await using client = impatientClient({ endpoints: { 'registry.heroku.com': { url: registry.origin } } });
  await push({ ...request, format: 'oci', rules: {} }, { registry: client });
  expect(registry.manifests.get('shop/web:latest')!.type).toBe(mediaTypes.ociManifest);
});
