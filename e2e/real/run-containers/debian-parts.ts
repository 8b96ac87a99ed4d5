import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const programs = [
  ...[
    'sh',
    'bash',
    'cat',
    'chmod',
    'chown',
    'cp',
    'date',
    'dd',
    'env',
    'find',
    'grep',
    'gzip',
    'head',
    'id',
    'ln',
    'ls',
  ],
  ...[
    'mkdir',
    'mknod',
    'mount',
    'mv',
    'nsenter',
    'ps',
    'readlink',
    'rm',
    'sed',
    'setpriv',
    'sleep',
    'sort',
    'stat',
    'tail',
  ],
  ...['tar', 'touch', 'tr', 'true', 'umount', 'uname', 'unshare', 'wc', 'node'],
];

export interface DebianParts {
  /** Whether users who aren't root get more users in a user namespace. */
  readonly hasUidMap?: boolean;
  /** More files, by their path in the image. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes an archive with parts of this Debian machine: Node, npm, a shell and tools, as a Node image of Debian has them. */
export function writeDebianParts(archive: string, { hasUidMap = false, files = {} }: DebianParts = {}): void {
  const root = mkdtempSync(join(tmpdir(), 'tozo-debian-parts-'));
  try {
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(root, name));
    for (const name of [
      'dev',
      'proc',
      'sys',
      'root',
      'home',
      'run',
      'opt',
      'var',
      'builds',
      'etc',
      'usr/lib64',
      'usr/sbin',
    ])
      mkdirSync(join(root, name), { recursive: true });
    const accounts = 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n';
    const all: Record<string, string> = {
      'etc/passwd': accounts,
      'etc/group': 'root:x:0:\nnode:x:1000:\n',
      ...(hasUidMap ? { 'etc/subuid': 'node:100000:65536\n', 'etc/subgid': 'node:100000:65536\n' } : {}),
      ...files,
    };
    for (const [path, text] of Object.entries(all)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const order = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    execFileSync('tar', ['-cf', archive, ...order, '-C', root, '.']);
    mkdirSync(join(root, 'more/tmp'), { recursive: true });
    mkdirSync(join(root, 'more/home/node'), { recursive: true });
    execFileSync('tar', ['-rf', archive, '--mode=1777', ...order, '-C', join(root, 'more'), './tmp']);
    const node = ['--owner=1000', '--group=1000', '--numeric-owner', '--mtime=@0'];
    execFileSync('tar', ['-rf', archive, ...node, '-C', join(root, 'more'), './home/node']);
    const paths = [...programs, ...(hasUidMap ? ['newuidmap', 'newgidmap'] : [])].map(locate);
    const found = new Set([...paths, ...paths.flatMap(librariesOf)].map(inUsr));
    execFileSync('tar', ['-rhf', archive, ...order, '-C', '/', ...found]);
    const npm = ['usr/bin/npm', 'usr/bin/npx', 'usr/lib/node_modules/npm'].filter((path) => existsSync(`/${path}`));
    // Engines refuse an archive with two files of one name.
    const own = Object.keys(files).map((path) => `--exclude=${path}`);
    execFileSync('tar', ['-rf', archive, ...order, ...own, '-C', '/', ...npm]);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Directories like /bin are links into /usr. */
function inUsr(path: string): string {
  return path.startsWith('/usr/') ? `.${path}` : `./usr${path}`;
}

function locate(program: string): string {
  return execFileSync('/bin/sh', ['-c', 'command -v "/usr/bin/$0" || command -v "$0"', program], {
    encoding: 'utf8',
  }).trim();
}

function librariesOf(program: string): string[] {
  const output = execFileSync('/bin/sh', ['-c', 'ldd "$0" 2>/dev/null || true', program], { encoding: 'utf8' });
  return [...output.matchAll(/(\/[^\s)]+)/g)].map(([, path]) => path!).filter((path) => !path.endsWith(':'));
}
