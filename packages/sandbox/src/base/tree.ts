/** An entry of the stand-in's file tree. The default owner is root. Modes are octal numbers. */
export type TreeEntry =
  | { readonly type: 'directory'; readonly path: string; readonly mode: number; readonly owner?: number }
  | { readonly type: 'file'; readonly path: string; readonly mode: number; readonly content: string }
  | { readonly type: 'symlink'; readonly path: string; readonly target: string };

const standIn = `#!/bin/sh
echo "This image is a stand-in for the node image: it holds no Node.js." >&2
echo "The sandbox runs its programs with the Node.js of the machine it runs on; other machines need the real image." >&2
exit 127
`;

const passwd = `root:x:0:0:root:/root:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
node:x:1000:1000::/home/node:/bin/bash
`;

const group = `root:x:0:
nogroup:x:65534:
node:x:1000:
`;

const osRelease = `PRETTY_NAME="Stand-in for Debian GNU/Linux"
ID=debian
`;

const directory = (path: string, mode = 0o755, owner = 0): TreeEntry => ({ type: 'directory', path, mode, owner });
const file = (path: string, content: string, mode = 0o644): TreeEntry => ({ type: 'file', path, mode, content });
const symlink = (path: string, target: string): TreeEntry => ({ type: 'symlink', path, target });

/** Like Docker Hub's Debian images of Node, as far as layers on top depend on it. */
export const standInTree: readonly TreeEntry[] = [
  symlink('bin', 'usr/bin'),
  directory('dev'),
  directory('etc'),
  file('etc/group', group),
  file('etc/os-release', osRelease),
  file('etc/passwd', passwd),
  directory('home'),
  directory('home/node', 0o755, 1000),
  symlink('lib', 'usr/lib'),
  directory('opt'),
  directory('root', 0o700),
  directory('run'),
  symlink('sbin', 'usr/sbin'),
  directory('srv'),
  directory('tmp', 0o1777),
  directory('usr'),
  directory('usr/bin'),
  directory('usr/lib'),
  directory('usr/local'),
  directory('usr/local/bin'),
  file('usr/local/bin/node', standIn, 0o755),
  symlink('usr/local/bin/nodejs', '/usr/local/bin/node'),
  directory('usr/local/lib'),
  directory('usr/sbin'),
  directory('var'),
  directory('var/lib'),
  symlink('var/run', '/run'),
  directory('var/tmp', 0o1777),
];
