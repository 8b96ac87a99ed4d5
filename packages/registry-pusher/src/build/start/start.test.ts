import { expect, test } from 'vitest';
import type { Content } from '../../testing/directory.ts';
import { project } from '../../testing/project.ts';
import { splitPlainCommand } from './words.ts';

const program = (text: string): Content => ({ text, mode: 0o755 });
const base = {
  'etc/passwd': 'root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  'etc/group': 'root:x:0:\n',
  'usr/bin/sh': '',
  'usr/bin/env': '',
  'usr/local/bin/node': '',
  'usr/local/bin/docker-entrypoint.sh': '',
  bin: { link: 'usr/bin' },
};

const isAboutStart = (warning: string) => warning.includes('no container starts');

/** Builds on a base with a shell and Node.js, and returns the warnings of a cold build and of the next one. */
async function warningsOf(dockerfile: string, files: Record<string, Content> = {}, runConfig = {}) {
  await using app = await project(`FROM debian\n${dockerfile}`, { 'main.js': '', ...files });
  await app.registry.putBase('docker.io/library/debian:latest', [base], runConfig);
  const first = await app.build();
  const previous = await app.registry.push(first.image);
  app.registry.blobsRead = 0;
  const next = await app.build({}, previous);
  expect(next.warnings.filter(isAboutStart)).toEqual(first.warnings.filter(isAboutStart));
  expect(next.image.imageId).toBe(first.image.imageId);
  return {
    warnings: first.warnings.filter((each) => !each.includes('outside the build context')),
    blobsRead: app.registry.blobsRead,
  };
}

test.each<[title: string, dockerfile: string, files: Record<string, Content>]>([
  ['a program in PATH', 'COPY main.js /app/\nCMD ["node", "/app/main.js"]', {}],
  ['a script without its ending', 'WORKDIR /app\nCOPY . .\nCMD ["node", "main"]', {}],
  ['a directory for Node.js', 'WORKDIR /app\nCOPY . .\nCMD ["node", "."]', {}],
  ['the shell form', 'WORKDIR /app\nCOPY . .\nCMD node main.js', {}],
  ['a line that only a shell knows', 'COPY main.js /\nCMD test -e x && ./nothing', {}],
  ['a script', 'COPY run.sh /\nENTRYPOINT ["/run.sh"]', { 'run.sh': program('#!/bin/sh\necho\n') }],
  ['a script made executable', 'COPY --chmod=755 run.sh /\nCMD ["/run.sh"]', { 'run.sh': '#!/usr/bin/env node\n' }],
  [
    'arguments of an entrypoint',
    'COPY run.sh /\nENTRYPOINT ["/run.sh"]\nCMD ["x"]',
    { 'run.sh': program('#!/bin/sh\n') },
  ],
  ['known users', 'COPY main.js /\nUSER node', {}],
  ['numeric users', 'COPY main.js /\nUSER 1234:99', {}],
  ['users of its own', 'COPY passwd /etc/\nUSER anna', { passwd: 'anna:x:7:7::/:/bin/sh\n' }],
])('has no warning for %s (fault 149, registry-pusher)', async (_, dockerfile, files) => {
  expect((await warningsOf(dockerfile, files)).warnings).toEqual([]);
});

test("does not tell from the sandbox's stand-in that the real base lacks a program", async () => {
  const labels = { Labels: { 'dev.tozo.stand-in': 'node' } };
  const dockerfile = 'COPY main.js /\nCMD ["npm", "start"]';
  expect((await warningsOf(dockerfile, {}, labels)).warnings).toEqual([]);
  expect((await warningsOf(dockerfile)).warnings).toEqual([
    expect.stringContaining("npm isn't in any directory of PATH"),
  ]);
});

const crlf = program('#!/bin/sh\r\necho\r\n');
test.each<[title: string, dockerfile: string, files: Record<string, Content>, line: number, reason: string]>([
  ['a user', 'COPY main.js /\nUSER anna', {}, 3, "no user anna in the image's /etc/passwd. Use a numeric ID"],
  ['a program', 'COPY main.js /\nCMD ["nodee", "main.js"]', {}, 3, "nodee isn't in any directory of PATH"],
  ['a path', 'COPY main.js /\nENTRYPOINT ["/run.sh"]', {}, 3, "/run.sh doesn't exist in the image"],
  ['a relative path', 'WORKDIR /app\nCOPY main.js .\nCMD ["./run.sh"]', {}, 4, "./run.sh doesn't exist in the image"],
  ['a file', 'WORKDIR /app\nCOPY main.js .\nCMD ["node", "dist/main.js"]', {}, 4, "(/app/dist/main.js) doesn't exist"],
  ['a file of the shell form', 'COPY main.js /\nCMD node server.js', {}, 3, "server.js (/server.js) doesn't exist"],
  [
    'the execute bit',
    'COPY run.sh /\nENTRYPOINT ["/run.sh"]',
    { 'run.sh': '#!/bin/sh\n' },
    3,
    'git update-index --chmod=+x',
  ],
  [
    'the execute bit in the shell form',
    'COPY run.sh /\nCMD exec /run.sh',
    { 'run.sh': '#!/bin/sh\n' },
    3,
    "isn't executable",
  ],
  ['Unix line ends', 'COPY run.sh /\nENTRYPOINT ["/run.sh"]', { 'run.sh': crlf }, 3, 'eol=lf'],
  ['Unix line ends for sh', 'COPY run.sh /\nCMD ["sh", "/run.sh"]', { 'run.sh': crlf }, 3, 'eol=lf'],
  ['an interpreter', 'COPY run.sh /\nCMD ["/run.sh"]', { 'run.sh': program('#!/bin/bash\n') }, 3, '/bin/bash, which'],
  ['a first line', 'COPY run.js /\nCMD ["/run.js"]', { 'run.js': program('main()') }, 3, 'starts with #!'],
  ['a program in a directory', 'COPY lib /lib/\nCMD ["/lib"]', { 'lib/x': '' }, 3, 'is a directory'],
])('warns when the start lacks %s (fault 149, registry-pusher)', async (_, dockerfile, files, line, reason) => {
  const { warnings, blobsRead } = await warningsOf(dockerfile, files);
  expect(warnings).toEqual([expect.stringContaining(`Dockerfile line ${line}: no container starts: `)]);
  expect(warnings[0]).toContain(reason);
  // A user that doesn't exist is no fact to keep.
  if (!reason.startsWith('no user')) expect(blobsRead).toBe(0);
});

test('names the exec form when the base has no shell (fault 149, registry-pusher)', async () => {
  await using app = await project('FROM scratch\nCOPY node /\nCMD /node main.js', { node: program('\x7fELF') });
  expect((await app.build()).warnings).toEqual([
    'Dockerfile line 3: no container starts: the shell form needs /bin/sh, which doesn\'t exist in the image. Use the exec form, such as ["/node","main.js"].',
  ]);
});

test("checks what an official image's entrypoint starts (fault 149, registry-pusher)", async () => {
  const official = { Entrypoint: ['docker-entrypoint.sh'] };
  const { warnings } = await warningsOf('COPY main.js /\nCMD ["node", "dist/main.js"]', {}, official);
  expect(warnings).toEqual([expect.stringContaining("dist/main.js (/dist/main.js) doesn't exist")]);
  expect((await warningsOf('COPY main.js /\nCMD ["main.js"]', {}, official)).warnings).toEqual([]);
});

test("doesn't read the base of an image without layers (fault 149, registry-pusher)", async () => {
  await using app = await project('FROM node:20\nUSER anna\nCMD ["nothing"]');
  expect((await app.build()).warnings).toEqual([]);
  expect(app.registry.blobsRead).toBe(0);
});

test('warns about links that lead nowhere in the image (fault 148, registry-pusher)', async () => {
  const { warnings } = await warningsOf(
    'WORKDIR /app\nCOPY node_modules node_modules\nCOPY lib lib/\nCMD ["node", "lib"]',
    {
      'node_modules/@shop/lib': { link: '../../packages/lib' },
      'node_modules/good': { link: '../lib' },
      'node_modules/.bin/x': { link: '../x/cli.js' },
      'node_modules/x/cli.js': '',
      'lib/index.js': '',
      'lib/out.log': { link: '/dev/stdout' },
      'lib/sh': { link: '/bin/sh' },
      'lib/a': { link: 'b' },
      'lib/b': { link: 'a' },
    },
  );
  expect(warnings).toEqual([
    'Dockerfile line 3: 1 link leads nowhere in the image: /app/node_modules/@shop/lib -> ../../packages/lib. Copy the packages they link to as well, or copies in place of links: tozo image-deps, npm install --install-links, or pnpm deploy.',
    'Dockerfile line 4: 2 links lead nowhere in the image: /app/lib/a -> b, /app/lib/b -> a. Copy what they link to as well.',
  ]);
});

test('a link is judged by the finished image (fault 148, registry-pusher)', async () => {
  const files = { 'link/l': { link: '/lib/x' }, 'lib/x': '', 'more/l': 'a file' };
  expect((await warningsOf('COPY link /a/\nCOPY lib /lib/', files)).warnings).toEqual([]);
  expect((await warningsOf('COPY link /a/\nCOPY more /a/', files)).warnings).toEqual([]);
  expect((await warningsOf('COPY link /a/', files)).warnings).toHaveLength(1);
});

test('names three links of many (fault 148, registry-pusher)', async () => {
  const files = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [`x/${name}`, { link: '/nowhere' }]));
  const { warnings } = await warningsOf('COPY x /x/', files);
  expect(warnings).toEqual([
    expect.stringMatching(/5 links lead nowhere .*: \/x\/a .*, \/x\/b .*, \/x\/c .* and 2 more\./),
  ]);
});

test.each([
  ['node main.js', ['node', 'main.js']],
  ['exec ./start.sh --port=80', ['./start.sh', '--port=80']],
  ['PORT=80 node main.js', undefined],
  ['node "a b"', undefined],
  ['cd /app && node .', undefined],
  ['cd /app', undefined],
  ['node $FILE', undefined],
])('a plain command: %s', (line, words) => {
  expect(splitPlainCommand(line)).toEqual(words);
});
