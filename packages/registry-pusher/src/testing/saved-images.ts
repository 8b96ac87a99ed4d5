import { gzipSync } from 'node:zlib';
import { mediaTypes } from '../image/descriptor.ts';
import { digestOf } from '../image/digest.ts';
import { tarLayer } from './tar-layer.ts';

/** The output of a build of {@link makeImage}. */
export const builtOutput = [{ stream: 'Step 1/6 : FROM base' }, { aux: { ID: 'sha256:1' } }];

/** Returns the image of {@link builtDockerfile}, on a base with one layer. */
export async function makeImage(architecture = 'amd64', more = 'made too') {
  const layers = await Promise.all([
    tarLayer({ 'etc/passwd': 'root' }),
    tarLayer({ 'app/main.js': 'main' }),
    tarLayer({ 'app/out': 'made', 'app/more': more }),
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

/** Saves the image like an engine before version 25: the same layer twice is a link. */
export async function dockerArchive(architecture?: string, more?: string) {
  const { layers, config } = await makeImage(architecture, more);
  const [base, copy, run] = layers;
  const Layers = ['a/layer.tar', 'b/layer.tar', 'c/layer.tar'];
  const manifest = JSON.stringify([{ Config: 'config.json', RepoTags: [], Layers }]);
  return tarLayer({
    'config.json': config,
    'store/layer.tar': base,
    'a/layer.tar': { link: '../store/layer.tar' },
    'b/layer.tar': copy,
    'c/layer.tar': run,
    'manifest.json': manifest,
  });
}

/** Saves the image like an engine with the containerd image store: compressed, in a nested index, with an attestation. */
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
  return tarLayer({ ...files, 'index.json': JSON.stringify({ manifests: [index] }), 'manifest.json': '[]' });
}

export const builtDockerfile =
  'FROM base\nARG CI_COMMIT_SHA\nARG SOURCE_DIGEST\nCOPY . /app\nRUN make\nCMD ["node", "main.js"]\n';
