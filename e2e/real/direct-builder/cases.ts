import { configurations } from './configuration-cases.ts';

/** A Dockerfile, and how it should be built. */
export interface Case {
  /** Follows `FROM base` unless it has its own FROM. */
  readonly dockerfile: string;
  readonly ignoreFile?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** Engines before 23 read it differently. */
  readonly since23?: boolean;
  /** Docker builds it, but the direct builder rejects it on purpose, with this in its message. */
  readonly rejected?: string;
}

const copies = [
  ...[
    '/',
    '/x',
    '/x/',
    'x',
    '.',
    './x/',
    '/home',
    '/home/',
    '/home/node/',
    '/tmp/',
    '/tmp/z/y',
    '/var/run/',
    '/var/run/q/r',
  ],
  ...[
    '/var/lock/',
    '/bin/',
    '/bin/tool',
    '/opt/lnk',
    '/opt/dangling',
    '/opt/file',
    '/opt/',
    '/opt/sub/',
    '../x',
    '/x/../y/',
  ],
].map((destination) => `COPY a ${destination}`);

const sources = [
  ...[
    'd /x',
    'd /x/',
    'd/ /x',
    'd /home',
    'd /home/node',
    'd /opt',
    'd .',
    '. /x',
    '. .',
    './ /x/',
    '/ /x/',
    'a b /x/',
  ],
  ...[
    'a b /home/',
    'a d /x/',
    'd f /x/',
    'd a /x',
    'c* /x/',
    'c? a /x/',
    '[ab] /x/',
    'c* .',
    'pk/*/package.json /x/',
    'pk/* /x/',
  ],
  ...[
    'p* /x/',
    'none* a /x/',
    'none* /x/',
    '["sp ace", "/x/"]',
    '["sp ace", "/x y/z"]',
    'sp\\ ace /x/',
    'we[[]i]rd /x/',
  ],
  ...[
    'we\\[i\\]rd /x/',
    '\\$dollar /x/',
    'link-in /x',
    'link-in /x/',
    'dirlink /x',
    'dirlink/e /x/',
    'link* /x/',
    'd/l /x/',
  ],
  ...['d/up /x/', 'empty /x', 'empty /home', 'x /y', 'x/.hidden /y/', 'rootfs /', 'rootfs/ /', 'over /', 'overlink /'],
  ...['rootfs/tmp /tmp', 'deep /x', 'deep/1/2 /x', 'deep/*/2 /x', 'missing /x', 'a', '--foo a /x', 'a c1/none /x/'],
].map((words) => `COPY ${words}`);

const owners = [
  ...['node a /x/y/', '1000 a /x/y/', '1000:50 d /x/', 'node:staff d /x/y', 'www a /x', ':50 a /x', 'root:staff a /x'],
  ...['5:root a /x', 'node d /home/node', 'node rootfs /', 'node link-in /x/', 'node d/l /x/'],
].map((words) => `COPY --chown=${words}`);

const modes = ['755 a /x/y', '600 d /x', '700 d /home', '0644 run.sh /x/', '640 --chown=node a /x/q/'].map(
  (words) => `COPY --chmod=${words}`,
);

const directories = [
  ...[
    '/app',
    '/app/b/c',
    '/home/node/w',
    '/var/run/w',
    'app',
    '/app/',
    '../x',
    '/',
    '/a/../b',
    '/a//b/./c',
    'a/',
    '/opt/file/x',
  ],
  ...['"/with space"', '/with space', '$BASE/x'],
].map((path) => `WORKDIR ${path}`);

const layers = [
  'USER node\nWORKDIR /app/x',
  'USER node:staff\nWORKDIR /app/x',
  'USER 7\nWORKDIR /app',
  'USER node\nWORKDIR /app\nCOPY a .',
  'USER node\nWORKDIR /home/node/app\nCOPY --chown=node d ./d',
  'COPY a /x\nCOPY b /x',
  'COPY d /x\nCOPY f /x',
  'COPY d /x\nCOPY a /x/sub/',
  'COPY d /x\nCOPY a /x/l',
  'COPY d /x\nCOPY d /x',
  'COPY a /x\nCOPY d /x',
  'COPY d /x\nCOPY a /x',
  'COPY a /x\nWORKDIR /x',
  'COPY etcpw/passwd /etc/passwd\nCOPY --chown=77 a /x',
  'ADD a /x/',
  'ADD d /x',
  'ADD --chown=node a b /x/',
];

const withBuildArgs = [
  'ARG X\nENV A=$X',
  'ARG X=def\nENV A=$X X=$X\nARG X=later\nENV B=$X',
  'ENV X=env\nARG X\nENV A=$X',
  'ARG HTTP_PROXY\nENV A=$HTTP_PROXY',
  'ENV A=$HTTP_PROXY',
];

const ignoreFiles = [
  '*\n!ign/keep\n!d',
  '*\n!ign/sub/z.md',
  'ign\n!ign/sub',
  '\uFEFF# c\r\nign\r\n\r\n/d/\r',
  'd/**',
  '**/sub',
  '**/*.md',
  'ign/*.md',
  '?',
  '[c-d]*',
  '[^c-d]*',
  'we[[]i]rd\nsp ace',
  '!a\n*',
  'a[',
  '!',
  '*/*/*\n!pk/*/package.json',
  'd\n!d/sub\nd/sub/f\n!d/sub/f',
  './d/../f/\nx/',
];

const newIgnoreFiles = ['**\n!**/*.md', '*/*\n!*', '**.md\nx/**/\n./f'];

export const cases: readonly Case[] = [
  ...[...copies, ...sources, ...owners, ...modes, ...directories, ...layers, ...configurations].map((dockerfile) => ({
    dockerfile,
  })),
  ...withBuildArgs.map((dockerfile) => ({ dockerfile, buildArgs: { X: 'given', HTTP_PROXY: 'proxy' } })),
  ...ignoreFiles.map((ignoreFile) => ({ dockerfile: 'COPY . /x', ignoreFile })),
  ...newIgnoreFiles.map((ignoreFile) => ({ dockerfile: 'COPY . /x', ignoreFile, since23: true })),
  { dockerfile: 'COPY ign /x', ignoreFile: '*\n!ign/keep' },
  { dockerfile: 'COPY ign /x', ignoreFile: 'ign' },
  { dockerfile: 'COPY ign/keep /x', ignoreFile: 'ign' },
  { dockerfile: 'COPY d/sub /x', ignoreFile: 'd\n!d/sub/f' },
  { dockerfile: 'COPY a* /x/', ignoreFile: 'a' },
  { dockerfile: 'COPY a /y/.', since23: true },
  { dockerfile: 'COPY --chmod=4755 a /x', since23: true },
  { dockerfile: 'COPY --chmod=1777 d /x', since23: true },
  { dockerfile: 'COPY --link a /x/y', since23: true },
  { dockerfile: 'COPY --chown=nobody a /x', rejected: 'no user nobody' },
  { dockerfile: 'COPY --chown=node:nogroup a /x', rejected: 'no group nogroup' },
  { dockerfile: 'COPY --chmod=999 a /x', rejected: 'must be an octal number' },
  { dockerfile: 'COPY a b /x', rejected: 'several sources' },
  { dockerfile: 'COPY a b /opt/file', rejected: 'several sources' },
  { dockerfile: 'COPY ../a /x', rejected: 'outside the build context' },
];
