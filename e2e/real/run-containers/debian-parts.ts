import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

const mappers = ['newuidmap', 'newgidmap'];

export interface DebianParts {
  /**
   * Gives other users than root more users in a user namespace by newuidmap, which gets its privilege from the set-user-ID bit, as
   * in Debian 12, or from file capabilities, as in images made for building.
   */
  readonly uidMap?: 'setuid' | 'capabilities';
  /** More files, by their path in the image. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Writes an archive with parts of this Debian machine: Node, npm, a shell and tools, as a Node image of Debian has them. */
export function writeDebianParts(archive: string, { uidMap, files = {} }: DebianParts = {}): void {
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
      ...(uidMap ? { 'etc/subuid': 'node:100000:65536\n', 'etc/subgid': 'node:100000:65536\n' } : {}),
    };
    for (const [path, text] of Object.entries(all)) writeFileSync(join(root, path), text);
    const order = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
    execFileSync('tar', ['-cf', archive, ...order, '-C', root, '.']);
    mkdirSync(join(root, 'more/tmp'), { recursive: true });
    mkdirSync(join(root, 'more/home/node'), { recursive: true });
    execFileSync('tar', ['-rf', archive, '--mode=1777', ...order, '-C', join(root, 'more'), './tmp']);
    const node = ['--owner=1000', '--group=1000', '--numeric-owner', '--mtime=@0'];
    execFileSync('tar', ['-rf', archive, ...node, '-C', join(root, 'more'), './home/node']);
    const paths = [...programs, ...(uidMap === 'setuid' ? mappers : [])].map(locate);
    const libraries = [...paths, ...mappers.map(locate)].flatMap(librariesOf);
    const found = new Set([...paths, ...libraries].map(inUsr));
    execFileSync('tar', ['-rhf', archive, ...order, '-C', '/', ...found]);
    const npm = ['usr/bin/npm', 'usr/bin/npx', 'usr/lib/node_modules/npm'].filter((path) => existsSync(`/${path}`));
    // Engines refuse an archive with two entries of one name.
    const own = Object.keys(files);
    execFileSync('tar', ['-rf', archive, ...order, ...own.map((path) => `--exclude=${path}`), '-C', '/', ...npm]);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, 'own', path)), { recursive: true });
      writeFileSync(join(root, 'own', path), text);
    }
    if (own.length > 0) execFileSync('tar', ['-rf', archive, ...order, '-C', join(root, 'own'), ...own]);
    if (uidMap === 'capabilities') appendCapableMappers(archive, root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** Appends newuidmap and newgidmap with only the capability that each needs. */
function appendCapableMappers(archive: string, directory: string): void {
  for (const name of mappers) {
    const copy = join(directory, name);
    copyFileSync(locate(name), copy);
    chmodSync(copy, 0o755);
    execFileSync('setcap', [`cap_set${name.slice(3, 6)}=ep`, copy]);
  }
  // What tar appends by itself has the format of the archive, which may have no attributes.
  const capable = join(directory, 'capable.tar');
  const attributes = ['--format=posix', '--xattrs', '--xattrs-include=security.capability'];
  const owned = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  execFileSync('tar', [
    '-cf',
    capable,
    ...attributes,
    ...owned,
    '--transform=s,^,usr/bin/,',
    '-C',
    directory,
    ...mappers,
  ]);
  execFileSync('tar', ['-Af', archive, capable]);
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
