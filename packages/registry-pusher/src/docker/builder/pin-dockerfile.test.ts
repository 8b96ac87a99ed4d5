import { expect, test } from 'vitest';
import { parseDockerfile } from '../../build/dockerfile/parse.ts';
import { digestOf } from '../../image/digest.ts';
import { pinDockerfile } from './pin-dockerfile.ts';

const node = `docker.io/library/node:20@${digestOf('node')}`;
const tools = `ghcr.io/me/tools:latest@${digestOf('tools')}`;
const pins = new Map([
  ['docker.io/library/node:20', digestOf('node')],
  ['ghcr.io/me/tools:latest', digestOf('tools')],
]);

function pin(text: string, buildArgs: Readonly<Record<string, string>> = {}) {
  return pinDockerfile(text, parseDockerfile(text), pins, { buildArgs, lockPath: 'Dockerfile.lock' });
}

test.for([
  ['a tag', 'FROM node:20\n', `FROM ${node}\n`],
  ['a name after it', '  from  node:20   AS Build', `  from  ${node}   AS Build`],
  ['a platform before it', 'FROM --platform=linux/amd64 node:20', `FROM --platform=linux/amd64 ${node}`],
  ['CRLF line endings', '\uFEFFFROM node:20\r\nRUN x\r\n', `\uFEFFFROM ${node}\r\nRUN x\r\n`],
  ['a variable', 'ARG V=20\nFROM node:${V}', `ARG V=20\nFROM ${node}`],
  ['the default tag', 'FROM ghcr.io/me/tools', `FROM ${tools}`],
  [
    'COPY --from, in any order of flags',
    'FROM scratch\nCOPY --chown=1:1 --from=ghcr.io/me/tools --link ["/a", "/a"]',
    `FROM scratch\nCOPY --chown=1:1 --from=${tools} --link ["/a", "/a"]`,
  ],
  [
    'RUN --mount=from',
    'FROM scratch\nRUN --mount=type=cache,target=/c --mount=type=bind,from=ghcr.io/me/tools,target=/t make from=node:20\n',
    `FROM scratch\nRUN --mount=type=cache,target=/c --mount=type=bind,from=${tools},target=/t make from=node:20\n`,
  ],
  [
    'no mount of a stage',
    'FROM node:20 AS tools\nFROM node:20\nRUN --mount=from=tools,target=/t --mount=type=secret,id=x make\n',
    `FROM ${node} AS tools\nFROM ${node}\nRUN --mount=from=tools,target=/t --mount=type=secret,id=x make\n`,
  ],
  [
    'images, but not names of stages',
    'FROM node:20 AS a\nFROM a AS node\nCOPY --from=a /x /x\nCOPY --from=0 /x /x\nFROM node\nRUN FROM node:20\n',
    `FROM ${node} AS a\nFROM a AS node\nCOPY --from=a /x /x\nCOPY --from=0 /x /x\nFROM node\nRUN FROM node:20\n`,
  ],
] as const)('adds digests to %s', ([, text, pinned]) => {
  expect(pin(text)).toMatchObject({ text: pinned, warnings: [] });
});

test('names each pinned image once', () => {
  const { images } = pin(
    'FROM node:20\nCOPY --from=node:20 /a /a\nCOPY --from=ghcr.io/me/tools:latest /b /b\nFROM node:22\n',
  );
  expect(images.map(({ digest }) => digest)).toEqual([digestOf('node'), digestOf('tools')]);
});

test('keeps images without a pin or with a digest', () => {
  for (const text of ['FROM node:22', 'FROM scratch', `FROM ${node}`, `FROM node@${digestOf('another')}`])
    expect(pin(text)).toEqual({ text, images: [], warnings: [] });
  expect(pin('ARG V=20\nFROM node:$V', { V: '22' }).text).toBe('ARG V=20\nFROM node:$V');
});

test('keeps an instruction that spans several lines, with a warning', () => {
  const text = 'FROM \\\n  node:20\nCOPY --from=ghcr.io/me/tools \\\n  /a /a\n';

  expect(pin(text)).toEqual({
    text,
    images: [],
    warnings: [
      'Dockerfile line 1: using the tag of docker.io/library/node:20 instead of its digest in Dockerfile.lock: write the instruction on one line.',
      'Dockerfile line 3: using the tag of ghcr.io/me/tools:latest instead of its digest in Dockerfile.lock: write the instruction on one line.',
    ],
  });
});
