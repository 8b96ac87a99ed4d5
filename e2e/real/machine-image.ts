import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { digestOf, type Image, imageOf } from '@tozo/registry-pusher';

/** Returns a base image made of this machine's programs, because tests pull no images: a shell and a few tools. */
export function machineImage(programs = ['cat', 'ls', 'mkdir', 'sleep']): Image {
  const directory = mkdtempSync(join(tmpdir(), 'tozo-machine-image-'));
  try {
    const files = { sh: '/bin/sh', ...Object.fromEntries(programs.map((name) => [name, locate(name)])) };
    for (const [name, path] of Object.entries(files)) install(directory, path, `/bin/${name}`);
    for (const library of new Set(Object.values(files).flatMap(librariesOf))) install(directory, library, library);
    for (const empty of ['dev', 'proc', 'sys', 'tmp']) mkdirSync(join(directory, empty));
    mkdirSync(join(directory, 'etc'));
    writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\n');
    const path = join(directory, 'layer.tar');
    const order = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--exclude=./layer.tar'];
    execFileSync('tar', ['-cf', path, ...order, '-C', directory, '.']);
    return imageOfTar(readFileSync(path));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function imageOfTar(tar: Buffer): Image {
  const diffId = digestOf(tar);
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers' as const, diff_ids: [diffId] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'made from this machine' }],
  };
  return imageOf(config, [{ kind: 'tar', diffId, tar: () => Readable.from([tar]) }]);
}

function install(root: string, from: string, to: string): void {
  mkdirSync(join(root, dirname(to)), { recursive: true });
  copyFileSync(from, join(root, to));
}

function locate(program: string): string {
  return execFileSync('which', [program], { encoding: 'utf8' }).trim();
}

function librariesOf(program: string): string[] {
  const output = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...output.matchAll(/(\/[^\s)]+)/g)].map(([, path]) => path!);
}
