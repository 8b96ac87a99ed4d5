import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { Image } from '@tozo/registry-pusher';
import { extract, type Headers } from 'tar-stream';

/** An image as it would run: each path's type, mode, owner, content and other name on a line, and the parts of its configuration. */
export interface ImageContent {
  readonly files: Readonly<Record<string, string>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What is compared of a configuration; empty values and absent ones are the same. */
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

/** The content of an image of ours. The bases' layers are taken from these, for ours names them only. */
export async function contentOf(image: Image, bases: readonly Image[]): Promise<ImageContent> {
  const stored = bases.flatMap(({ layers }) => layers);
  const tars: Buffer[] = [];
  for (const layer of image.layers) {
    const made = layer.kind === 'stored' ? stored.find(({ diffId }) => diffId === layer.diffId) : layer;
    if (made?.kind === 'tar') tars.push(await buffer(made.tar()));
    else if (made?.kind === 'blob') tars.push(gunzipSync(await buffer(made.blob.open())));
    else throw new Error(`${layer.diffId} is not a layer of a base`);
  }
  return { files: await laidOn(tars), config: compared(image.config.config ?? {}) };
}

/** The content of an image that an engine holds, as it saves it. */
export async function savedContent(socketPath: string, name: string): Promise<ImageContent> {
  const archive = await get(socketPath, `/images/${name}/get`);
  const files = new Map<string, Buffer>();
  for (const [{ name: path }, content] of await entriesOf(archive)) files.set(path, content);
  const read = (path: string) => files.get(path)!;
  const [{ Config, Layers }] = JSON.parse(read('manifest.json').toString()) as [{ Config: string; Layers: string[] }];
  const { config } = JSON.parse(read(Config).toString()) as { config: Record<string, unknown> };
  return { files: await laidOn(Layers.map(read)), config: compared(config) };
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

function compared(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined || value === null || value === '' || Object.keys(Object(value)).length === 0;
  return Object.fromEntries(comparedKeys.filter((key) => !isEmpty(config[key])).map((key) => [key, config[key]]));
}

/** A file, by which several names may be told to be one. */
interface Laid {
  readonly line: string;
  readonly file?: object;
}

/** Lays the layers on each other, and tells what is there. */
async function laidOn(layers: readonly Buffer[]): Promise<Record<string, string>> {
  const tree = new Map<string, Laid>();
  for (const layer of layers)
    for (const [header, content] of await entriesOf(layer)) lay(tree, posix.resolve('/', header.name), header, content);
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

function lay(tree: Map<string, Laid>, path: string, header: Headers, content: Buffer): void {
  const name = posix.basename(path);
  if (name.startsWith('.wh.')) return remove(tree, posix.join(posix.dirname(path), name.slice('.wh.'.length)));
  if (header.type !== 'directory') remove(tree, path);
  if (header.type === 'link') tree.set(path, tree.get(posix.resolve('/', header.linkname!))!);
  else tree.set(path, laid(header, content));
}

function remove(tree: Map<string, Laid>, path: string): void {
  for (const each of tree.keys()) if (each === path || each.startsWith(`${path}/`)) tree.delete(each);
}

function laid({ type, mode, uid, gid, linkname }: Headers, content: Buffer): Laid {
  const owner = `${uid}:${gid}`;
  if (type === 'symlink') return { line: `link ${owner} ${linkname}` };
  const bits = (mode! & 0o7777).toString(8);
  if (type === 'directory') return { line: `directory ${bits} ${owner}` };
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  return { line: `file ${bits} ${owner} ${digest}`, file: {} };
}

async function entriesOf(tar: Buffer): Promise<[Headers, Buffer][]> {
  const reader = extract();
  reader.end(tar);
  const entries: [Headers, Buffer][] = [];
  for await (const entry of reader) entries.push([entry.header, await buffer(entry)]);
  return entries;
}
