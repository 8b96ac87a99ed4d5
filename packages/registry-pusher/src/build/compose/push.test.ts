import { expect, test } from 'vitest';
import { mediaTypes } from '../../image/descriptor.ts';
import { folderOf } from '../../testing/folder.ts';
import { impatientClient } from '../../testing/impatient.ts';
import { startRegistry } from '../../testing/registry.ts';
import { push } from './push.ts';

test('one build goes out under several names, with several commands, and the second time nothing is sent', async () => {
  await using registry = await startRegistry();
  await using client = impatientClient();
  await using project = await folderOf({ 'main.js': '1' });
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

test('what Heroku cannot release is refused before any request, unless the rules are others', async () => {
  await using project = await folderOf({});
  const request = { to: 'registry.heroku.com/shop/web', base: 'scratch', layers: [], context: project.path } as const;
  await expect(push({ ...request, format: 'oci' })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  await expect(push({ ...request, platform: 'linux/arm64' })).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  await expect(push({ ...request, to: 'registry.heroku.com/shop/web:v1' })).rejects.toThrow('latest alone');

  await using registry = await startRegistry();
  await using client = impatientClient({ endpoints: { 'registry.heroku.com': { url: registry.origin } } });
  await push({ ...request, format: 'oci', rules: {} }, { registry: client });
  expect(registry.manifests.get('shop/web:latest')!.type).toBe(mediaTypes.ociManifest);
});
