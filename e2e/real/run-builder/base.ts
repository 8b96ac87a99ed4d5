import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { digestOf, type Image, imageOf } from '@tozo/registry-pusher';
import { pack } from 'tar-stream';
import type { PaxHeaders } from '../direct-builder/image-files.ts';

const programs = [
  ...['sh', 'cat', 'chmod', 'chown', 'cp', 'cut', 'echo', 'env', 'false', 'find', 'grep', 'head', 'id', 'ln', 'ls'],
  ...['mkdir', 'mkfifo', 'mknod', 'mv', 'printf', 'pwd', 'rm', 'rmdir', 'sed', 'sleep', 'sort', 'stat', 'tail'],
  ...['touch', 'tr', 'true', 'truncate', 'wc', 'yes', 'setcap', 'tar'],
];

/** Returns a base image made of this machine's programs, because tests pull no images, with accounts and links. */
export function runBase(directory: string): Image {
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  const locations = programs.map((name) => [name, realpathSync(locate(name))] as const);
  for (const [name, path] of locations) install(directory, path, `/bin/${name}`);
  for (const library of new Set(locations.flatMap(([, path]) => librariesOf(path))))
    install(directory, library, library);
  for (const name of ['dev', 'proc', 'sys', 'srv', 'root', 'tmp', 'home', 'run']) mkdirSync(join(directory, name));
  chmodSync(join(directory, 'tmp'), 0o1777);
  mkdirSync(join(directory, 'etc'), { recursive: true });
  mkdirSync(join(directory, 'home/node'));
  writeFileSync(
    join(directory, 'etc/passwd'),
    'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nwww:x:33:34::/:/bin/sh\n',
  );
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\nnode:x:1000:\nstaff:x:50:\nextra:x:7:node,www\n');
  mkdirSync(join(directory, 'opt/old'), { recursive: true });
  const old = (name: string) => join(directory, 'opt/old', name);
  writeFileSync(old('file'), 'file of base\n');
  writeFileSync(old('one'), 'one\n');
  linkSync(old('one'), old('two'));
  symlinkSync('/srv', old('link'));
  mkdirSync(join(directory, 'usr/bin'), { recursive: true });
  symlinkSync('/bin/env', join(directory, 'usr/bin/env'));
  const order = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
  const tar = `${directory}.tar`;
  execFileSync('tar', ['-cf', tar, ...order, '-C', directory, '.']);
  return imageOfTar(readFileSync(tar));
}

/** Returns the image of a base that was made before. */
export function imageOfTar(tar: Buffer): Image {
  const diffId = digestOf(tar);
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'], WorkingDir: '/' },
    rootfs: { type: 'layers' as const, diff_ids: [diffId] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'made from this machine' }],
  };
  return imageOf(config, [{ kind: 'tar', diffId, tar: () => Readable.from([tar]) }]);
}

/** Writes the build context of all cases. */
export async function writeRunContext(directory: string): Promise<void> {
  mkdirSync(join(directory, 'd/sub'), { recursive: true });
  mkdirSync(join(directory, 'pkg'));
  writeFileSync(join(directory, 'a'), 'A\n');
  writeFileSync(join(directory, 'b'), 'B\n');
  writeFileSync(join(directory, 'd/e'), 'E\n');
  writeFileSync(join(directory, 'attributes.tar'), await attributesArchive());
  writeFileSync(join(directory, 'd/sub/f'), 'F\n');
  writeFileSync(join(directory, 'pkg/package.json'), '{"name":"pkg","version":"1.0.0"}');
  writeFileSync(join(directory, 'pkg/index.js'), 'module.exports = "pkg of the context";\n');
}

/** A file and a directory with attributes of users, which no small program sets. */
async function attributesArchive(): Promise<Buffer> {
  const archive = pack();
  const pax = { 'SCHILY.xattr.user.origin': 'the archive' };
  const directory: PaxHeaders = { name: 'made/', type: 'directory', mode: 0o755, mtime: new Date(0), pax };
  const file: PaxHeaders = { name: 'made/file', mode: 0o644, mtime: new Date(0), pax };
  archive.entry(directory);
  archive.entry(file, 'x');
  archive.finalize();
  return buffer(archive);
}

function install(root: string, from: string, to: string): void {
  mkdirSync(join(root, dirname(to)), { recursive: true });
  if (!existsSync(join(root, to))) copyFileSync(from, join(root, to));
}

function locate(program: string): string {
  return execFileSync('/bin/sh', ['-c', 'command -v "/bin/$0" || command -v "$0"', program], {
    encoding: 'utf8',
  }).trim();
}

function librariesOf(program: string): string[] {
  const output = execFileSync('/bin/sh', ['-c', 'ldd "$0" || true', program], { encoding: 'utf8' });
  return [...output.matchAll(/(\/[^\s)]+)/g)].map(([, path]) => path!).filter((path) => !path.endsWith(':'));
}
