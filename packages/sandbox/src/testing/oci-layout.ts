import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { standInLabel } from '../base/image.ts';
import { dockerManifest, imageOf } from './images.ts';

/** Writes an OCI image layout whose image runs a script with this machine's Node.js. */
export async function ociLayout(directory: string, source: string): Promise<void> {
  const { manifest, manifestDigest, blobs } = await imageOf([[{ name: 'app/main.js', content: source }]], {
    Cmd: ['node', 'main.js'],
    WorkingDir: '/app',
    Labels: { [standInLabel]: 'true' },
  });
  const all = new Map([...blobs, [manifestDigest, manifest]]);
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  for (const [digest, bytes] of all) await writeFile(join(directory, 'blobs', ...digest.split(':')), bytes);
  const manifests = [{ mediaType: dockerManifest, digest: manifestDigest, size: manifest.length }];
  await writeFile(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}
