import type { Case } from './cases.ts';

/** Copies from an image whose files have various modes, owners, links and hard links. */
const fromImage = [
  ...[
    '/bin/tool /x',
    '/bin/tool /x/',
    'bin/tool x',
    '/bin/tool /bin/',
    '/bin/tool /opt/file',
    '/bin/tool /var/run/',
    '/bin/tool /bin/second /x/',
    '/bin /x',
    '/bin/ /x/',
    '/ /x',
  ],
  ...[
    '/ /',
    '. /x',
    '../../bin/tool /x',
    '/bin/../bin/tool /x',
    '/lib /x',
    '/lib/a /x',
    '/lib/sub /x',
    '/lib /home/node',
    '/lib /tmp',
    '/lib/* /x/',
  ],
  ...[
    '/lib/[ab] /x/',
    '/*/tool /x/',
    '/li?/sub /x/',
    '/none* /x/',
    '/lib/none* /lib/a /x/',
    '/missing /x',
    '/lib/missing /x',
    '/bin/tool/x /x',
    '/lib/we[[]i]rd /x/',
    '/lib/we\\[i\\]rd /x/',
  ],
  ...[
    '/current /x',
    '/current/a /x',
    '/abs /x',
    '/abs/a /x/',
    '/up /x',
    '/dangling /x',
    '/loop /x',
    '/c* /x/',
    '/alias /x/',
    '/alias /x',
  ],
  ...['/lib /bin /x/', '/lib /opt', '/over /', '/overlink /', '/rootfs /', '/empty /x', '/empty /home', '/private /x'],
  ...['/private/deep /x', '/private/* /x/', '["/lib/sp ace", "/x y/"]', '/sticky /x', '/ /opt/'],
].map((words) => `COPY --from=other ${words}`);

const withFlags = [
  '--chown=node /lib /x',
  '--chown=5 /bin/tool /x/y/',
  '--chown=node:staff /private /home/node',
  '--chown=0:0 /private /x',
  '--chmod=640 /bin/tool /x',
  '--chmod=755 /private /x',
  '--chmod=700 --chown=node /lib /x/y',
  '--chown=node / /x',
].map((words) => `COPY --from=other ${words}`);

const onOther = 'FROM other AS a\n';

/** Whole Dockerfiles with stages on images, on each other, and independent of each other. */
const stages = [
  'FROM base AS a\nCOPY d /x\nFROM base\nCOPY --from=a /x /y',
  'FROM base AS a\nCOPY d /x\nFROM base\nCOPY --from=a /x/e /x/l /y/',
  'FROM base AS a\nCOPY d /x\nFROM base\nCOPY --from=A /x/l /y',
  'FROM base AS a\nCOPY --chown=node d /x\nFROM base\nCOPY --from=0 /x /y',
  'FROM base AS a\nCOPY --chmod=700 d /x\nFROM base\nCOPY --from=0 --chown=5 /x /y',
  'FROM base AS a\nCOPY --chown=node --chmod=750 d /x/y\nFROM base\nCOPY --from=a /x /',
  'FROM scratch AS a\nCOPY . /\nFROM base\nCOPY --from=a / /x',
  'FROM scratch AS a\nCOPY rootfs /\nFROM base\nCOPY --from=a / /',
  'FROM scratch AS a\nCOPY d /d\nFROM scratch\nCOPY --from=a /d/sub/ /x/',
  'FROM scratch AS a\nCOPY pk /pk\nFROM base\nCOPY --from=a /pk/*/package.json /x/',
  'FROM scratch AS a\nCOPY a /\nFROM base\nCOPY --from=a /none /x',
  'FROM base AS a\nWORKDIR /w\nCOPY a .\nFROM base\nCOPY --from=a /w .',
  'FROM base AS a\nUSER node\nWORKDIR /w/v\nCOPY a .\nFROM base\nCOPY --from=a /w /w',
  'FROM base AS a\nCOPY a /home/node/\nFROM base\nCOPY --from=a /home /x',
  'FROM base AS a\nCOPY a /tmp/\nFROM other\nCOPY --from=a /tmp /lib',
  'FROM base AS a\nCOPY a /var/run/x\nFROM other\nCOPY --from=a /var /run /x/',
  'FROM base AS a\nCOPY d/l /opt/lnk\nFROM other\nCOPY --from=a /opt /x',
  `${onOther}COPY a /lib/a\nFROM base\nCOPY --from=a /lib /x`,
  `${onOther}COPY a /lib/new/\nCOPY b /lib/sub/b\nFROM base\nCOPY --from=a /lib /x`,
  `${onOther}COPY a /lib/new/\nFROM base\nCOPY --from=a /lib/new /lib/sub /x/`,
  `${onOther}COPY --from=base /home /lib/home\nFROM base\nCOPY --from=a /lib /x`,
  `${onOther}COPY --from=base /home /lib/home\nFROM base\nCOPY --from=a /lib/home/node /x`,
  `${onOther}COPY --from=base /home /lib/home\nFROM base\nCOPY --from=a --chmod=711 /lib/h*/n* /x/`,
  `${onOther}COPY a /current/a\nFROM base\nCOPY --from=a /current /x`,
  `${onOther}COPY link-in /bin/tool\nFROM base\nCOPY --from=a /bin /x`,
  'FROM base AS a\nCOPY --from=other /lib /x\nFROM scratch\nCOPY --from=a /x /y',
  'FROM base AS a\nCOPY --from=other /lib /x\nCOPY a /x/a\nFROM scratch\nCOPY --from=a /x /y',
  'FROM base AS a\nCOPY a /x/a\nCOPY --from=other /lib /x\nFROM scratch\nCOPY --from=a /x /y',
  'FROM base AS a\nCOPY --from=other --chown=9 /lib /x\nFROM scratch\nCOPY --from=a /x/sub /y',
  'FROM base\nCOPY --from=other /lib /x\nCOPY --from=base /home /x\nCOPY d /x',
  'FROM base\nCOPY --from=other /lib /x\nCOPY a /x/a\nCOPY --from=other /lib/a /x/b',
  'FROM base\nCOPY --from=other /lib /x\nWORKDIR /x/sub/w\nCOPY a .',
  'FROM base\nCOPY --from=other /lib /opt/lnk',
  'FROM base\nCOPY --from=base /home /x\nCOPY --from=base /home/node /home',
  'FROM other\nCOPY a /lib/\nCOPY d /private\nWORKDIR /sticky/w',
  'FROM base AS a\nENV A=1\nUSER node\nWORKDIR /w\nCMD ["a"]\nFROM a\nCOPY a .\nENV B=$A',
  'FROM base AS a\nARG X=1\nFROM a\nENV A=$X',
  'FROM base AS a\nARG X=1\nENV X=2\nFROM a\nARG X\nENV A=$X',
  'FROM base AS a\nARG BASE=arg\nFROM a\nENV A=$BASE',
  'FROM base AS a\nCMD ["a"]\nFROM a\nENTRYPOINT ["e"]',
  'FROM base AS a\nSHELL ["/bin/ash","-c"]\nFROM a\nCMD x',
  'FROM base AS a\nLABEL a=1\nEXPOSE 80\nVOLUME /v\nHEALTHCHECK CMD x\nSTOPSIGNAL 9\nFROM a\nLABEL b=2',
  'FROM base AS a\nCOPY a /x\nFROM a AS b\nCOPY b /x\nFROM b\nCOPY --from=a /x /y',
  'FROM base AS a\nCOPY a /x\nFROM base AS a\nCOPY b /x\nFROM a',
  'FROM base AS a\nCOPY a /x\nFROM base AS a\nCOPY b /x\nFROM base\nCOPY --from=a /x /y',
  'FROM base AS other\nCOPY a /x\nFROM other',
  'FROM base AS other\nCOPY a /x\nFROM base\nCOPY --from=other /x /y',
  'FROM other AS other\nCOPY --from=base /opt /x',
  'ARG S=a\nFROM base AS a\nCOPY a /x\nFROM $S',
  'ARG S=a\nFROM base AS a\nARG S\nENV S1=$S S2=$TARGETARCH\nFROM base\nENV A=$S\nARG S=b\nENV B=$S',
  'FROM base AS never\nRUN exit 1\nCOPY missing /x\nFROM base\nCOPY a /',
  'FROM --platform=linux/arm64 base AS never\nFROM --platform=$BUILDPLATFORM base\nCOPY a /',
  'FROM base AS never\nCOPY ../outside* /x\nADD https://example.invalid/x /x\nFROM base\nCOPY a /',
  'FROM base\nCOPY --from=a /x /y\nFROM base AS a',
  'FROM base\nCOPY --from=0 /x /y',
  'FROM base\nCOPY --from=1 /x /y',
  'FROM base AS a\nFROM base\nARG S=a\nCOPY --from=$S /opt /y',
  'FROM base AS 1a\nFROM base',
  'FROM base AS\nFROM base',
  'FROM base AS a b\nFROM base',
];

const targets: Case[] = [
  ...['a', 'A', 'b', 'c', 'none', '0', '1', ''].map((target) => ({
    dockerfile: 'FROM base AS a\nCOPY a /x\nFROM base AS b\nCOPY b /x\nFROM base AS c\nRUN exit 1',
    target,
  })),
  { dockerfile: 'FROM base AS a\nCOPY a /x\nFROM a AS b\nCOPY --from=a /x /y\nFROM base\nRUN exit 1', target: 'b' },
];

/** Modes of newer Dockerfiles, and invalid ones. The engine's frontend ignores them. */
const notOctal = ['u=rwX,go=rX', 'u+x', 'a=r', '+x', '10000', '-1'].map((mode) => ({
  dockerfile: `COPY --chmod=${mode} a d /x/`,
  rejected: 'octal',
}));

const octal = ['1755', '07777', '0', ''].map((mode) => `COPY --chmod=${mode} a d /x/`);

export const stageCases: readonly Case[] = [
  ...[...fromImage, ...withFlags, ...octal].map((dockerfile) => ({ dockerfile, since23: true })),
  ...stages.map((dockerfile) => ({ dockerfile, since23: true })),
  ...notOctal.map((each) => ({ ...each, since23: true })),
  ...targets.map((each) => ({ ...each, since23: true })),
  { dockerfile: 'COPY --chown=node --from=other /lib /x\nCOPY --from=other /etc /etc', since23: true },
];
