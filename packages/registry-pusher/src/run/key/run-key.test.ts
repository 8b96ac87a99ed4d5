import { expect, test } from 'vitest';
import type { Digest } from '../../image/digest.ts';
import { digestOf } from '../../image/digest.ts';
import type { BindMount, CacheMount, RunMount, RunStep, SecretMount } from '../run-step.ts';
import { digestOfFramed } from './frame.ts';
import type { RunInputs } from './run-inputs.ts';
import { computeRunKey } from './run-key.ts';
import { explainChange, type LayerBelow, partsOf } from './run-parts.ts';

const id = (text: string): Digest => digestOf(text);

const bind: BindMount = { type: 'bind', target: '/src', source: '/src', readWrite: false };
const secret: SecretMount = {
  type: 'secret',
  id: 'npmrc',
  target: '/root/.npmrc',
  required: false,
  mode: 0o400,
  uid: 0,
  gid: 0,
};
const cache: CacheMount = {
  type: 'cache',
  id: 'npm',
  sharing: 'shared',
  source: '/',
  target: '/root/.npm',
  readOnly: false,
  mode: 0o755,
  uid: 0,
  gid: 0,
};

const shell = (script: string) => ({ command: { form: 'shell', script } }) as const;

const step: RunStep = {
  kind: 'run',
  line: 5,
  text: 'RUN npm ci',
  ...shell('npm ci'),
  shell: ['/bin/sh', '-c'],
  user: 'node',
  workdir: '/app',
  env: ['PATH=/bin', 'NODE_ENV=production', 'VERSION=1'],
  proxies: [],
  network: 'default',
  mounts: [bind, secret, cache],
  platform: 'linux/amd64',
};

const inputs: RunInputs = {
  step,
  executor: 'chroot',
  below: [id('base 0'), id('base 1'), id('package.json and package-lock.json')],
  binds: new Map([[0, id('src')]]),
  secrets: new Set(['npmrc']),
};

const withStep = (change: Partial<RunStep>): Partial<RunInputs> => ({ step: { ...step, ...change } });
const withMount = <M extends RunMount>(from: M, change: Partial<M>) =>
  withStep({ mounts: step.mounts.map((mount) => (mount === from ? { ...mount, ...change } : mount)) });

/** Each row is a change of one input, and whether the RUN is executed again. */
const rows: readonly (readonly [name: string, change: Partial<RunInputs>, runsAgain: boolean])[] = [
  ['nothing', {}, false],
  ['its line in the Dockerfile', withStep({ line: 9 }), false],
  ['the executor', { executor: 'namespaces' }, true],
  ['the platform', withStep({ platform: 'linux/arm64' }), true],
  ['a layer of the base', { below: [id('base 0'), id('base 2'), inputs.below[2]!] }, true],
  ['a layer more in the base', { below: [id('base'), ...inputs.below] }, true],
  ['the order of the layers below', { below: [inputs.below[1]!, inputs.below[0]!, inputs.below[2]!] }, true],
  ['the bytes of a layer below', { below: [...inputs.below.slice(0, 2), id('another package-lock.json')] }, true],
  ['no layers below', { below: [] }, true],
  ['the command', withStep(shell('npm ci --omit=dev')), true],
  ['a space in the command', withStep(shell('npm  ci')), true],
  ['the exec form', withStep({ command: { form: 'exec', words: ['npm', 'ci'] } }), true],
  [
    'the exec form of what the shell form starts',
    withStep({ command: { form: 'exec', words: ['/bin/sh', '-c', 'npm ci'] } }),
    true,
  ],
  ['a heredoc', withStep({ command: { form: 'script', name: 'EOF', content: 'npm ci' } }), true],
  ['the shell', withStep({ shell: ['/bin/bash', '-ec'] }), true],
  ['where the words of the shell end', withStep({ shell: ['/bin/sh -c'] }), true],
  ['the user', withStep({ user: 'root' }), true],
  ['the group', withStep({ user: 'node:staff' }), true],
  ['the directory', withStep({ workdir: '/srv' }), true],
  ['a value of ENV or ARG', withStep({ env: ['PATH=/bin', 'NODE_ENV=development', 'VERSION=1'] }), true],
  ['a new variable', withStep({ env: [...step.env, 'A='] }), true],
  ['a removed variable', withStep({ env: ['PATH=/bin', 'VERSION=1'] }), true],
  ['the order of variables', withStep({ env: step.env.toReversed() }), true],
  ['a line break in place of two variables', withStep({ env: ['PATH=/bin\nNODE_ENV=production', 'VERSION=1'] }), true],
  ['a proxy', withStep({ proxies: ['HTTP_PROXY=http://proxy:3128', 'no_proxy=.local'] }), false],
  ['the network', withStep({ network: 'none' }), true],
  ['no mounts', withStep({ mounts: [] }), true],
  [
    'the order of mounts',
    { ...withStep({ mounts: step.mounts.toReversed() }), binds: new Map([[2, id('src')]]) },
    true,
  ],
  ['the content of a bind', { binds: new Map([[0, id('other src')]]) }, true],
  ['the source of a bind with the same content', withMount(bind, { source: '/moved' }), false],
  ['the target of a bind', withMount(bind, { target: '/source' }), true],
  ['a bind that can be written', withMount(bind, { readWrite: true }), true],
  ['a secret that is missing', { secrets: new Set() }, true],
  ['a secret that no mount uses', { secrets: new Set(['npmrc', 'other']) }, false],
  ['the ID of a secret', { ...withMount(secret, { id: 'yarnrc' }), secrets: new Set(['yarnrc']) }, true],
  ['the target of a secret', withMount(secret, { target: '/app/.npmrc' }), true],
  ['the mode of a secret', withMount(secret, { mode: 0o444 }), true],
  ['the owner of a secret', withMount(secret, { uid: 1000 }), true],
  ['a secret that is a variable, too', withMount(secret, { env: 'NPM_TOKEN' }), true],
  ['a secret that is required', withMount(secret, { required: true }), true],
  ['another cache', withMount(cache, { id: 'npm-2', sharing: 'locked' }), false],
  ['the target of a cache', withMount(cache, { target: '/home/node/.npm' }), true],
  ['the mode of a cache', withMount(cache, { mode: 0o700 }), true],
  ['a cache that is only read', withMount(cache, { readOnly: true }), true],
  ['a cache that is removed', withStep({ mounts: [bind, secret] }), true],
  ['a tmpfs', withStep({ mounts: [...step.mounts, { type: 'tmpfs', target: '/tmp' }] }), true],
];

const changed = (change: Partial<RunInputs>) => computeRunKey({ ...inputs, ...change }) !== computeRunKey(inputs);

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
  ['the instruction changed', withStep(shell('npm install'))],
  ['the variable NODE_ENV changed', withStep({ env: ['PATH=/bin', 'NODE_ENV=test', 'VERSION=1'] })],
  ['the variable VERSION is gone', withStep({ env: ['PATH=/bin', 'NODE_ENV=production'] })],
  ['USER changed', withStep({ user: '' })],
  ['the secret npmrc changed', { secrets: new Set() }],
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
