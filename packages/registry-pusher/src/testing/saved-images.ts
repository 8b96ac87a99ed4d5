import { gzipSync } from 'node:zlib';
import { mediaTypes } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';
import { tarFile } from './engine.ts';

/** What a build of {@link makeImage} prints. */
export const built = [{ stream: 'Step 1/6 : FROM base' }, { aux: { ID: 'sha256:1' } }];

/** An image on a base of one layer, as {@link builtDockerfile} makes it. */
export async function makeImage(architecture = 'amd64', more = 'made too') {
  const layers = await Promise.all([
    tarFile({ 'etc/passwd': 'root' }),
    tarFile({ 'app/main.js': 'main' }),
    tarFile({ 'app/out': 'made', 'app/more': more }),
  ]);
  const empty = { empty_layer: true };
  const history = [
    { created_by: 'base' },
    empty,
    empty,
    { created_by: 'COPY . /app' },
    { created_by: 'RUN make' },
    empty,
  ];
  const diff_ids = layers.map((layer) => digestOf(layer));
  const config = Buffer.from(
    JSON.stringify({
      architecture,
      os: 'linux',
      config: { Cmd: ['node'] },
      rootfs: { type: 'layers', diff_ids },
      history,
    }),
  );
  return { layers, diff_ids, config };
}

/** As engines before 25 save it; the same file twice is a link there. */
export async function dockerArchive(architecture?: string, more?: string) {
  const { layers, config } = await makeImage(architecture, more);
  const [base, copy, run] = layers;
  const Layers = ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'];
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [], Layers }]);
  return tarFile({
    'config.json': config,
    'store/layer.tar': base,
    'a/layer.tar': '->../store/layer.tar',
    'b/layer.tar': copy,
    'c/layer.tar': run,
    'manifest.json': manifest,
  });
}

/** As engines with the containerd image store save it: compressed, an index in the index, with an attestation. */
export async function ociLayout() {
  const { layers, config } = await makeImage();
  const files: Record<string, Buffer> = {};
  const put = (mediaType: string, bytes: Buffer) => {
    const digest = digestOf(bytes);
    files[`blobs/sha256/${digest.slice(7)}`] = bytes;
    return { mediaType, size: bytes.length, digest };
  };
  const json = (mediaType: string, value: object) => put(mediaType, Buffer.from(JSON.stringify(value)));
  const manifest = json(mediaTypes.ociManifest, {
    config: put(mediaTypes.ociConfig, config),
    layers: layers.map((layer) => put(mediaTypes.ociLayerGzip, gzipSync(layer))),
  });
  const attestation = json(mediaTypes.ociManifest, {
    config: put(mediaTypes.ociConfig, Buffer.from('{}')),
    layers: [],
  });
  const index = json(mediaTypes.ociIndex, {
    manifests: [
      { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
      { ...manifest, platform: { os: 'linux', architecture: 'amd64' } },
    ],
  });
  return tarFile({ ...files, 'index.json': JSON.stringify({ manifests: [index] }), 'manifest.json': '[]' });
}

export const builtDockerfile =
  'FROM base\nARG CI_COMMIT_SHA\nARG SOURCE_DIGEST\nCOPY . /app\nRUN make\nCMD ["node", "main.js"]\n';
