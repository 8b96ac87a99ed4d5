import { expect, test } from 'vitest';
import type { Digest } from '../../image/digest.ts';
import { digestOf } from '../../image/digest.ts';
import { digestOfFramed } from './frame.ts';
import type { RunInputs, RunMountInput } from './run-inputs.ts';
import { computeRunKey } from './run-key.ts';
import { explainChange, type LayerBelow, partsOf } from './run-parts.ts';

const id = (text: string): Digest => digestOf(text);

const bind: RunMountInput = { type: 'bind', target: '/src', readOnly: true, content: id('src') };
const secret: RunMountInput = {
  type: 'secret',
  id: 'npmrc',
  target: '/root/.npmrc',
  mode: 0o400,
  uid: 0,
  gid: 0,
  isPresent: true,
};
const cache: RunMountInput = { type: 'cache', target: '/root/.npm', readOnly: false, mode: 0o755, uid: 0, gid: 0 };

const inputs: RunInputs = {
  executor: 'chroot',
  platform: 'linux/amd64',
  below: [id('base 0'), id('base 1'), id('package.json and package-lock.json')],
  command: 'npm ci',
  shell: ['/bin/sh', '-c'],
  heredocs: [],
  user: 'node',
  workingDir: '/app',
  env: ['PATH=/bin', 'NODE_ENV=production'],
  args: ['VERSION=1', 'CI=1'],
  network: 'default',
  mounts: [bind, secret, cache],
};

const changed = (change: Partial<RunInputs>) => computeRunKey({ ...inputs, ...change }) !== computeRunKey(inputs);
const withMount = (from: RunMountInput, change: object): Partial<RunInputs> => ({
  mounts: inputs.mounts.map((mount) => (mount === from ? ({ ...mount, ...change } as RunMountInput) : mount)),
});

/** Each row is a change of one input, and whether the RUN is executed again. */
const rows: readonly (readonly [name: string, change: Partial<RunInputs>, runsAgain: boolean])[] = [
  ['nothing', {}, false],
  ['the executor', { executor: 'namespaces' }, true],
  ['the platform', { platform: 'linux/arm64' }, true],
  ['a layer of the base', { below: [id('base 0'), id('base 2'), inputs.below[2]!] }, true],
  ['a layer more in the base', { below: [id('base'), ...inputs.below] }, true],
  ['the order of the layers below', { below: [inputs.below[1]!, inputs.below[0]!, inputs.below[2]!] }, true],
  ['the bytes of a COPY below', { below: [...inputs.below.slice(0, 2), id('another package-lock.json')] }, true],
  ['no layers below', { below: [] }, true],
  ['the command', { command: 'npm ci --omit=dev' }, true],
  ['a space in the command', { command: 'npm  ci' }, true],
  ['the exec form of the same command', { command: ['/bin/sh', '-c', 'npm ci'] }, true],
  ['the shell', { shell: ['/bin/bash', '-ec'] }, true],
  ['where the words of the shell end', { shell: ['/bin/sh -c'] }, true],
  ['the body of a heredoc', { heredocs: [['EOF', 'npm ci\n']] }, true],
  ['the user', { user: 'root' }, true],
  ['the group', { user: 'node:staff' }, true],
  ['the directory', { workingDir: '/srv' }, true],
  ['a value of ENV', { env: ['PATH=/bin', 'NODE_ENV=development'] }, true],
  ['a new ENV', { env: [...inputs.env, 'A='] }, true],
  ['a removed ENV', { env: ['PATH=/bin'] }, true],
  ['the order of ENV', { env: ['NODE_ENV=production', 'PATH=/bin'] }, true],
  ['a value that contains a line break in place of two ENVs', { env: ['PATH=/bin\nNODE_ENV=production'] }, true],
  ['a value of an ARG', { args: ['VERSION=2', 'CI=1'] }, true],
  ['a new ARG', { args: [...inputs.args, 'A=1'] }, true],
  ['the order of ARGs', { args: ['CI=1', 'VERSION=1'] }, true],
  ['an ARG that becomes an ENV', { env: [...inputs.env, 'VERSION=1'], args: ['CI=1'] }, true],
  ['an ARG for a proxy', { args: [...inputs.args, 'HTTP_PROXY=http://proxy:3128', 'no_proxy=.local'] }, false],
  ['an ENV for a proxy', { env: [...inputs.env, 'HTTP_PROXY=http://proxy:3128'] }, true],
  ['SOURCE_DIGEST', { args: [...inputs.args, `SOURCE_DIGEST=${id('x')}`] }, false],
  ['an ARG with such a name inside', { args: [...inputs.args, 'MY_HTTP_PROXY=1'] }, true],
  ['the network', { network: 'none' }, true],
  ['no mounts', { mounts: [] }, true],
  ['the order of mounts', { mounts: inputs.mounts.toReversed() }, true],
  ['the content of a bind', withMount(bind, { content: id('other src') }), true],
  ['the target of a bind', withMount(bind, { target: '/source' }), true],
  ['a bind that can be written', withMount(bind, { readOnly: false }), true],
  ['a secret that is missing', withMount(secret, { isPresent: false }), true],
  ['the ID of a secret', withMount(secret, { id: 'yarnrc' }), true],
  ['the target of a secret', withMount(secret, { target: '/app/.npmrc' }), true],
  ['the mode of a secret', withMount(secret, { mode: 0o444 }), true],
  ['the owner of a secret', withMount(secret, { uid: 1000 }), true],
  ['a secret in a variable in place of a file', withMount(secret, { target: undefined, env: '/root/.npmrc' }), true],
  ['the target of a cache', withMount(cache, { target: '/home/node/.npm' }), true],
  ['the mode of a cache', withMount(cache, { mode: 0o700 }), true],
  ['a cache that is removed', { mounts: [bind, secret] }, true],
  ['a tmpfs', { mounts: [...inputs.mounts, { type: 'tmpfs', target: '/tmp' }] }, true],
];

test.each(rows)('the key of a RUN: %s', (_, change, runsAgain) => {
  expect(changed(change)).toBe(runsAgain);
});

test('no two different values have the same framed bytes', () => {
  const values = [
    undefined,
    '',
    [],
    [[]],
    'ab',
    ['ab'],
    ['a', 'b'],
    [['a'], 'b'],
    ['a', ['b']],
    's1:a',
    1,
    '1',
    true,
    't;',
    Buffer.from('ab'),
    [''],
    ['', ''],
    'ä',
    'a\u0308',
  ];
  expect(new Set(values.map(digestOfFramed)).size).toBe(values.length);
});

const layers: readonly LayerBelow[] = [
  {
    line: 3,
    text: 'COPY package*.json ./',
    diffId: inputs.below[2]!,
    files: new Map([
      ['package.json', id('1')],
      ['package-lock.json', id('2')],
    ]),
  },
];

test.each<[expected: string | undefined, change: Partial<RunInputs>, layers?: readonly LayerBelow[]]>([
  [undefined, {}],
  [
    'package-lock.json changed',
    { below: [...inputs.below.slice(0, 2), id('new')] },
    [{ ...layers[0]!, diffId: id('new'), files: new Map([...layers[0]!.files, ['package-lock.json', id('3')]]) }],
  ],
  [
    'pnpm-lock.yaml is new, and 1 more',
    { below: [...inputs.below.slice(0, 2), id('new')] },
    [
      {
        ...layers[0]!,
        diffId: id('new'),
        files: new Map([
          ['package.json', id('1')],
          ['pnpm-lock.yaml', id('4')],
        ]),
      },
    ],
  ],
  [
    'line 3: COPY package*.json ./ changed',
    { below: [...inputs.below.slice(0, 2), id('another owner')] },
    [{ ...layers[0]!, diffId: id('another owner') }],
  ],
  ['the base node:20 changed', { below: [id('base 0'), id('base 9'), inputs.below[2]!] }],
  ['the instruction changed', { command: 'npm install' }],
  ['ENV NODE_ENV changed', { env: ['PATH=/bin', 'NODE_ENV=test'] }],
  ['ARG CI is gone', { args: ['VERSION=1'] }],
  ['USER changed', { user: '' }],
  ['the secret mount at /root/.npmrc changed', withMount(secret, { isPresent: false })],
  ['what executes it changed', { executor: 'namespaces' }],
])('says %s', (expected, change, below = layers) => {
  const parts = partsOf(inputs, 'node:20', layers);
  expect(explainChange(parts, partsOf({ ...inputs, ...change }, 'node:20', below))).toBe(expected);
});

test('names no files of a layer with many', () => {
  const files = new Map(Array.from({ length: 100 }, (_, index) => [`src/${index}.js`, id(`${index}`)] as const));
  const parts = partsOf(inputs, 'node:20', [{ ...layers[0]!, files }]);
  expect(Object.keys(parts)).not.toContain('src/1.js');
  expect(Object.keys(parts)).toContain('line 3: COPY package*.json ./');
});
