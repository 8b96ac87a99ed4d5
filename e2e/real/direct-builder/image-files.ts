import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Image } from '@tozo/registry-pusher';
import { extract, type Headers } from 'tar-stream';

/** An image as it would run: a line for each path with type, mode, owner, content and other names, and the configuration. */
export interface ImageContent {
  readonly files: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The compared keys of a configuration. Empty and missing values are equal. */
const comparedKeys = [
  'Env',
  'Cmd',
  'Entrypoint',
  'WorkingDir',
  'User',
  'Labels',
  'ExposedPorts',
  'Volumes',
  'StopSignal',
  'Healthcheck',
  'Shell',
];

/** Returns the content of an image that we built. The layers of its bases are read from `bases`. */
export async function contentOf(image: Image, bases: readonly Image[]): Promise<ImageContent> {
  const stored = bases.flatMap(({ layers }) => layers);
  const tars: Buffer[] = [];
  for (const layer of image.layers) {
    const made = layer.kind === 'stored' ? stored.find(({ diffId }) => diffId === layer.diffId) : layer;
    if (made?.kind === 'tar') tars.push(await buffer(made.tar()));
    else if (made?.kind === 'blob') tars.push(gunzipSync(await buffer(made.blob.open())));
    else throw new Error(`${layer.diffId} isn't a layer of a base`);
  }
  return { files: await applyLayers(tars), config: pickCompared(image.config.config ?? {}) };
}

/** Returns the content of an engine's image, as saved by the engine. */
export async function savedContent(socketPath: string, name: string): Promise<ImageContent> {
  const archive = await get(socketPath, `/images/${name}/get`);
  const files = new Map<string, Buffer>();
  for (const [{ name: path }, content] of await entriesOf(archive)) files.set(path, content);
  const read = (path: string) => files.get(path)!;
  const [{ Config, Layers }] = JSON.parse(read('manifest.json').toString()) as [{ Config: string; Layers: string[] }];
  const { config } = JSON.parse(read(Config).toString()) as { config: Record<string, unknown> };
  return { files: await applyLayers(Layers.map(read)), config: pickCompared(config) };
}

function get(socketPath: string, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path }, (response) => {
      if (response.statusCode === 200) resolve(buffer(response));
      else reject(new Error(`GET ${path}: ${response.statusCode}`));
    })
      .on('error', reject)
      .end();
  });
}

function pickCompared(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined || value === null || value === '' || Object.keys(Object(value)).length === 0;
  return Object.fromEntries(comparedKeys.filter((key) => !isEmpty(config[key])).map((key) => [key, config[key]]));
}

/** An entry of a file tree. Names with the same `file` are hard links to each other. */
interface TreeEntry {
  readonly line: string;
  readonly file?: object;
}

/** Applies the layers in order and describes the resulting files. */
async function applyLayers(layers: readonly Buffer[]): Promise<Record<string, string>> {
  const tree = new Map<string, TreeEntry>();
  for (const layer of layers)
    for (const [header, content] of await entriesOf(layer))
      applyEntry(tree, posix.resolve('/', header.name), header, content);
  tree.delete('/');
  const names = new Map<object, string>();
  return Object.fromEntries(
    [...tree.keys()].sort().map((path) => {
      const { line, file } = tree.get(path)!;
      const other = file && names.get(file);
      if (file !== undefined) names.set(file, other ?? path);
      return [path, other === undefined ? line : `${line} also ${other}`];
    }),
  );
}

function applyEntry(tree: Map<string, TreeEntry>, path: string, header: Headers, content: Buffer): void {
  const name = posix.basename(path);
  if (name === '.wh..wh..opq') return empty(tree, posix.dirname(path));
  if (name.startsWith('.wh.')) return remove(tree, posix.join(posix.dirname(path), name.slice('.wh.'.length)));
  if (header.type !== 'directory') remove(tree, path);
  if (header.type === 'link') tree.set(path, tree.get(posix.resolve('/', header.linkname!))!);
  else tree.set(path, describeEntry(header, content));
}

/** Docker writes the mark of an opaque directory before its new entries. */
function empty(tree: Map<string, TreeEntry>, path: string): void {
  for (const each of tree.keys()) if (each.startsWith(`${path}/`)) tree.delete(each);
}

function remove(tree: Map<string, TreeEntry>, path: string): void {
  for (const each of tree.keys()) if (each === path || each.startsWith(`${path}/`)) tree.delete(each);
}

/** The types of tar-stream lack extended headers. */
export interface PaxHeaders extends Headers {
  readonly pax?: Readonly<Record<string, string>> | null;
}

function describeEntry({ type, mode, uid, gid, linkname, pax }: PaxHeaders, content: Buffer): TreeEntry {
  const owner = `${uid}:${gid}${attributesText(pax ?? {})}`;
  if (type === 'symlink') return { line: `link ${owner} ${linkname}` };
  const bits = (mode! & 0o7777).toString(8);
  if (type === 'directory') return { line: `directory ${bits} ${owner}` };
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { line: `file ${bits} ${owner} ${digest}`, file: {} };
}

function attributesText(pax: Readonly<Record<string, string>>): string {
  const attributes = Object.entries(pax).filter(([key]) => key.startsWith('SCHILY.xattr.'));
  return attributes.length === 0
    ? ''
    : ` ${JSON.stringify(Object.fromEntries(attributes.toSorted(([a], [b]) => (a < b ? -1 : 1))))}`;
}

async function entriesOf(tar: Buffer): Promise<[Headers, Buffer][]> {
  const reader = extract();
  reader.end(tar);
  const entries: [Headers, Buffer][] = [];
  for await (const entry of reader) entries.push([entry.header, await buffer(entry)]);
  return entries;
}
