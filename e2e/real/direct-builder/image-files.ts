import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Image } from '@tozo/registry-pusher';

/** An image as it would run: each path's type, mode, owner and content on a line, and the parts of its configuration. */
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

/** The content of an image of ours. The base's layers are taken from the base, for ours names them only. */
export async function contentOf(image: Image, base: Image): Promise<ImageContent> {
  const tars: Buffer[] = [];
  for (const layer of image.layers) {
    const made = layer.kind === 'new' ? layer : base.layers.find(({ diffId }) => diffId === layer.diffId);
    if (made?.kind !== 'new') throw new Error(`${layer.diffId} is not a layer of the base`);
    tars.push(await buffer(made.tar()));
  }
  return { files: unpacked(tars), config: compared(image.config.config ?? {}) };
}

/** The content of an image as `docker save` writes it. */
export function savedContent(archive: string): ImageContent {
  const folder = mkdtempSync(join(tmpdir(), 'tozo-saved-'));
  try {
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    const read = (name: string) => readFileSync(join(folder, name));
    const [{ Config, Layers }] = JSON.parse(read('manifest.json').toString()) as [{ Config: string; Layers: string[] }];
    const { config } = JSON.parse(read(Config).toString()) as { config: Record<string, unknown> };
    return { files: unpacked(Layers.map(read)), config: compared(config) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compared(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined || value === null || value === '' || Object.keys(Object(value)).length === 0;
  return Object.fromEntries(comparedKeys.filter((key) => !isEmpty(config[key])).map((key) => [key, config[key]]));
}

/** Lays the layers on each other with GNU tar, and looks at what is there. */
function unpacked(layers: readonly Buffer[]): Record<string, string> {
  const root = mkdtempSync(join(tmpdir(), 'tozo-files-'));
  try {
    mkdirSync(join(root, 'image'));
    for (const layer of layers) {
      writeFileSync(join(root, 'layer.tar'), layer);
      execFileSync('tar', ['-xpf', join(root, 'layer.tar'), '--numeric-owner', '-C', join(root, 'image')]);
      whiteOut(join(root, 'image'));
    }
    return Object.fromEntries(linesOf(join(root, 'image'), ''));
  } finally {
    rmSync(root, { recursive: true });
  }
}

function whiteOut(root: string): void {
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((each) =>
    basename(each).startsWith('.wh.'),
  )) {
    rmSync(join(root, dirname(name), basename(name).slice('.wh.'.length)), { recursive: true, force: true });
    rmSync(join(root, name));
  }
}

function linesOf(root: string, folder: string): [string, string][] {
  return readdirSync(join(root, folder)).flatMap((entry) => {
    const name = `${folder}/${entry}`;
    const path = join(root, name);
    const stat = lstatSync(path);
    const owner = `${stat.uid}:${stat.gid}`;
    if (stat.isSymbolicLink()) return [[name, `link ${owner} ${readlinkSync(path)}`] as [string, string]];
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isDirectory()) return [[name, `folder ${mode} ${owner}`], ...linesOf(root, name)];
    const digest = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 12);
    return [[name, `file ${mode} ${owner} ${digest}`] as [string, string]];
  });
}
