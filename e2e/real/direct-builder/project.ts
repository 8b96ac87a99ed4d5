import { chmodSync, lchownSync, linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { digestOf, type Image, imageOf, type RunConfig } from '@tozo/registry-pusher';

/** What is at a path: a text file, an empty directory (null), or anything with more properties. */
type Content =
  | string
  | null
  | { readonly text: string; readonly mode: number; readonly owner?: number }
  | { readonly link: string }
  | { readonly directory: number; readonly owner?: number }
  | { readonly alsoCalled: string };

/** The files of a base image with everything that matters when building on one: accounts, links, modes and owners. */
const baseFiles: Readonly<Record<string, Content>> = {
  'etc/passwd': 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nwww:x:33:34::/:/bin/sh\n',
  'etc/group': 'root:x:0:\nnode:x:1000:\nstaff:x:50:\n',
  'home/node': { directory: 0o700, owner: 1000 },
  'run/lock': { directory: 0o1777 },
  tmp: { directory: 0o1777 },
  'usr/bin/node': { text: 'node', mode: 0o755 },
  'var/run': { link: '/run' },
  'var/lock': { link: '../run/lock' },
  bin: { link: 'usr/bin' },
  opt: { directory: 0o711, owner: 5 },
  'opt/file': { text: 'x', mode: 0o600 },
  'opt/lnk': { link: 'file' },
  'opt/dangling': { link: 'nothere' },
};

const contextFiles: Readonly<Record<string, Content>> = {
  a: 'A',
  b: 'B',
  'run.sh': { text: '#!/bin/sh', mode: 0o755 },
  c1: '1',
  c2: '2',
  'sp ace': 's',
  'we[i]rd': 'w',
  $dollar: 'd',
  'd/e': 'E',
  'd/l': { link: 'e' },
  'd/sub/f': 'F',
  'd/up': { link: '../a' },
  'deep/1/2/3/4': '4',
  dirlink: { link: 'd' },
  empty: null,
  'etcpw/passwd': 'root:x:0:0::/:\nbob:x:77:78::/:/\n',
  'f/g': 'G',
  'ign/drop.md': 'd',
  'ign/keep': 'k',
  'ign/sub/z.md': 'z',
  'link-in': { link: 'a' },
  'over/usr/bin': 'a file',
  'overlink/var/run/x': 'x',
  'pk/a/package.json': '{}',
  'pk/b/other': 'o',
  'pk/b/package.json': '{}',
  'rootfs/home/node/f': 'f',
  'rootfs/tmp/x': 'x',
  'rootfs/usr/bin/node': 'mine',
  'x/.hidden': 'h',
};

/** The files of another image, to copy from and to build on. */
const otherFiles: Readonly<Record<string, Content>> = {
  'bin/tool': { text: 'tool', mode: 0o4755, owner: 7 },
  'bin/second': { alsoCalled: 'bin/tool' },
  'bin/third': { text: 'third', mode: 0o711 },
  'lib/a': { text: 'other a', mode: 0o640, owner: 3 },
  'lib/b': 'other b',
  'lib/l': { link: 'a' },
  'lib/sub': { directory: 0o2750, owner: 9 },
  'lib/sub/deep/f': { text: 'f', mode: 0o400 },
  'lib/sp ace': 's',
  'lib/we[i]rd': 'w',
  lib: { directory: 0o755, owner: 4 },
  current: { link: 'lib' },
  abs: { link: '/lib' },
  up: { link: '../../lib' },
  alias: { link: 'bin/tool' },
  dangling: { link: 'nothere' },
  loop: { link: 'loop' },
  empty: null,
  'etc/passwd': 'root:x:0:0::/:\nbob:x:77:78::/:\n',
  private: { directory: 0o700, owner: 6 },
  'private/deep': { directory: 0o710, owner: 6 },
  'private/deep/key': { text: 'k', mode: 0o600, owner: 6 },
  sticky: { directory: 0o1777 },
  'sticky/x': 'x',
  'over/usr/bin': 'a file',
  'overlink/var/run/x': 'x',
  'rootfs/home/node/f': 'f',
  'rootfs/tmp': { directory: 0o700 },
  'rootfs/usr/bin/node': 'theirs',
};

const baseConfig = {
  Env: ['PATH=/usr/bin', 'BASE=1'],
  Cmd: ['node'],
  WorkingDir: '/opt',
  Labels: { base: '1' },
};

/** Returns the base image, whose layer is written by GNU tar. */
export function baseImage(directory: string): Image {
  return imageOfFiles(directory, baseFiles, baseConfig);
}

/** Returns another image, made in the same way. */
export function otherImage(directory: string): Image {
  return imageOfFiles(directory, otherFiles, { Env: ['PATH=/bin', 'OTHER=1'], Cmd: ['tool'], WorkingDir: '/lib' });
}

function imageOfFiles(directory: string, files: Readonly<Record<string, Content>>, config: RunConfig): Image {
  writeFiles(directory, files);
  const order = ['--sort=name', '--mtime=@0', '--numeric-owner'];
  const tar = execFileSync('tar', ['-c', ...order, '-C', directory, '.'], { maxBuffer: 64 * 1024 * 1024 });
  const diffId = digestOf(tar);
  return imageOf(
    {
      architecture: 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'base' }],
    },
    [{ kind: 'tar', diffId, tar: () => Readable.from([tar]) }],
  );
}

/** Writes the build context of all cases, with one case's ignore file. */
export function writeContext(directory: string, ignoreFile: string | undefined): void {
  rmSync(directory, { recursive: true, force: true });
  writeFiles(directory, { ...contextFiles, ...(ignoreFile === undefined ? {} : { '.dockerignore': ignoreFile }) });
}

/** Writes files with the default modes of a checkout, regardless of the umask. */
function writeFiles(root: string, files: Readonly<Record<string, Content>>): void {
  const umask = process.umask(0o022);
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    if (typeof content === 'string') writeFileSync(path, content);
    else if (content === null) mkdirSync(path, { recursive: true });
    else if ('link' in content) symlinkSync(content.link, path);
    else if ('alsoCalled' in content) linkSync(join(root, content.alsoCalled), path);
    else if ('text' in content) {
      writeFileSync(path, content.text);
      lchownSync(path, content.owner ?? 0, content.owner ?? 0);
      chmodSync(path, content.mode);
    } else {
      mkdirSync(path, { recursive: true });
      lchownSync(path, content.owner ?? 0, content.owner ?? 0);
      chmodSync(path, content.directory);
    }
  }
  process.umask(umask);
}
