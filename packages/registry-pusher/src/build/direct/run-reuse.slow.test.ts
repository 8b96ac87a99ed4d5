import { expect, test } from 'vitest';
import type { BuildRequest, PreviousImage } from '../builder.ts';
import { createDirectory } from '../../testing/directory.ts';
import type { LayerContent } from '../../testing/tar-layer.ts';
import { MemoryImages } from '../../testing/memory-images.ts';
import { ModelExecutor } from '../../testing/model-executor.ts';
import { buildDirect, type DirectBuildOptions } from './build-direct.ts';
import type { RunReuseOptions } from './run-reuse.ts';

const day = 24 * 60 * 60;
const now = 2_000_000_000;

const dockerfile = `FROM node:20
ARG VERSION=1
ENV MODE=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN --mount=type=secret,id=token --mount=type=cache,target=/cache,id=a npm run build
USER node
CMD ["node", "main.js"]
`;
const files = { 'package.json': '{}', 'package-lock.json': '1', 'src/main.js': '1', '.dockerignore': 'Dockerfile*\n' };
const base: LayerContent = {
  'etc/passwd': 'root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  'etc/group': 'root:x:0:\nnode:x:1000:\n',
};

interface Change {
  readonly dockerfile?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly base?: LayerContent;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly reuse?: RunReuseOptions;
  readonly writes?: (script: string) => LayerContent;
  readonly options?: Partial<DirectBuildOptions>;
}

/** Builds twice, the second time with a change, and returns the lines that ran then. */
async function rebuild(change: Change, first: Change = {}) {
  await using project = await shop(first);
  const before = await project.build(first);
  const after = await project.build(change, before.previous);
  return { ...after, before };
}

async function shop({ dockerfile: text = dockerfile, files: more = {}, base: layer = base }: Change = {}) {
  const directory = await createDirectory({ Dockerfile: text, ...files, ...more });
  const registry = new MemoryImages();
  await registry.putBase('docker.io/library/node:20', [layer]);
  const build = async (change: Change, previous?: PreviousImage) => {
    if (change.dockerfile !== undefined) await directory.write({ Dockerfile: change.dockerfile });
    if (change.files !== undefined) await directory.write(change.files);
    if (change.base !== undefined) await registry.putBase('docker.io/library/node:20', [change.base]);
    const executor = new ModelExecutor(change.writes);
    const lines: string[] = [];
    const reads = registry.blobsRead;
    const request: BuildRequest = {
      context: directory.path,
      dockerfile: directory.file('Dockerfile'),
      buildArgs: change.buildArgs ?? {},
    };
    const built = await buildDirect(request, {
      registry,
      lock: 'write',
      ...(previous === undefined ? {} : { previous }),
      run: {
        executor,
        onLine: (line) => lines.push(line),
        secrets: change.secrets ?? {},
        reuse: { now, ...change.reuse },
      },
      ...change.options,
    });
    return {
      built,
      ran: executor.ran,
      lines,
      blobsRead: registry.blobsRead - reads,
      previous: await registry.push(built.image),
    };
  };
  return { directory, registry, build, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

const edit = (from: string, to: string): Change => ({ dockerfile: dockerfile.replace(from, to) });
const one = 6;
const two = 8;

/** Each row is a change, the lines of the Dockerfile that run again after it, and why the first one does. */
const rows: [change: string, Change, ran: readonly number[], why?: string][] = [
  ['nothing', {}, []],
  ['a file of the app', { files: { 'src/main.js': '2' } }, [two], 'src/main.js changed'],
  ['package-lock.json', { files: { 'package-lock.json': '2' } }, [one, two], 'package-lock.json changed'],
  ['a new file', { files: { 'src/new.js': '1' } }, [two], 'src/new.js is new'],
  ['a file that .dockerignore leaves out', { files: { 'Dockerfile.md': '1' } }, []],
  ['the first command', edit('npm ci', 'npm ci --omit=dev'), [one, two], 'the instruction is new'],
  ['the second command', edit('npm run build', 'npm run build --prod'), [two], 'the instruction is new'],
  ['a comment', edit('WORKDIR', '# a comment\nWORKDIR'), []],
  ['an instruction above', edit('CMD', 'EXPOSE 80\nCMD'), []],
  ['the user above', edit('USER node', 'USER root'), []],
  ['the user below', edit('RUN npm ci', 'USER node\nRUN npm ci'), [one + 1, two + 1], 'USER changed'],
  ['the directory', edit('WORKDIR /app', 'WORKDIR /srv'), [one, two], 'WORKDIR changed'],
  ['the shell', edit('WORKDIR', 'SHELL ["/bin/bash", "-c"]\nWORKDIR'), [one + 1, two + 1], 'SHELL changed'],
  ['a value of ENV', edit('production', 'test'), [one, two], 'the variable MODE changed'],
  ['a new ENV', edit('ENV MODE=production', 'ENV MODE=production A=1'), [one, two], 'the variable A is new'],
  ['an ENV above the first RUN only in place', edit('RUN npm ci', 'ENV B=1\nRUN npm ci'), [one + 1, two + 1]],
  ['an ENV between', edit('COPY . .', 'ENV B=1\nCOPY . .'), [two + 1], 'the variable B is new'],
  // kaniko didn't have the ARG of a command's environment in its key: GoogleContainerTools/kaniko#728, #690, #1688.
  ['the value of an ARG', { buildArgs: { VERSION: '2' } }, [one, two], 'the variable VERSION changed'],
  // kaniko had every build argument in its key, so a timestamp made all lines run: GoogleContainerTools/kaniko#1008.
  ['a build arg that no ARG declares', { buildArgs: { TIME: '1' } }, []],
  ['an ARG that is declared below', edit('USER node', 'ARG LATE=1\nUSER node'), []],
  ['a proxy', { buildArgs: { HTTP_PROXY: 'http://proxy:3128' } }, []],
  ['SOURCE_DIGEST', edit('USER node', 'ARG SOURCE_DIGEST\nENV SOURCE_DIGEST=$SOURCE_DIGEST\nUSER node'), []],
  ['the base', { base: { ...base, 'etc/os-release': '2' } }, [one, two], 'the base node:20 changed'],
  [
    'the owner that a name of COPY stands for',
    { base: { ...base, 'etc/passwd': 'root:x:0:0::/:/bin/sh\nnode:x:1001:1001::/home/node:/bin/sh\n' } },
    [one, two],
  ],
  ['the network', edit('RUN npm ci', 'RUN --network=none npm ci'), [one]],
  ['a secret that is there now', { secrets: { token: 'a' } }, [two], 'the secret token changed'],
  ['a secret that no line mounts', { secrets: { other: 'a' } }, []],
  ['the mode of a secret', edit('id=token', 'id=token,mode=0444'), [two]],
  ['the place of a secret', edit('id=token', 'id=token,target=/t'), [two]],
  // BuildKit doesn't have the ID of a cache in its key, but its place and mode: moby/buildkit#7061. So here.
  ['the ID of a cache', edit('id=a ', 'id=b '), []],
  ['the place of a cache', edit('target=/cache', 'target=/other'), [two]],
  ['a cache that is gone', edit('--mount=type=cache,target=/cache,id=a ', ''), [two]],
  ['a tmpfs', edit('RUN npm ci', 'RUN --mount=type=tmpfs,target=/t npm ci'), [one]],
  ['a line more that runs', edit('CMD', 'RUN touch /x\nCMD'), [10]],
  [
    'two lines in another order',
    edit('ARG VERSION=1\nENV MODE=production', 'ENV MODE=production\nARG VERSION=1'),
    [one, two],
  ],
  ['the command as a heredoc', edit('RUN npm ci', 'RUN <<EOF\nnpm ci\nEOF'), [one, two + 2]],
  ['the exec form', edit('RUN npm ci', 'RUN ["npm", "ci"]'), [one, two]],
  ['thirteen days', { reuse: { now: now + 13 * day } }, []],
  [
    'fifteen days',
    { reuse: { now: now + 15 * day } },
    [one, two],
    'it ran 15 days ago, more than 14 days (--run-max-age)',
  ],
  [
    '--run-max-age',
    { reuse: { now: now + 2 * day, maxAge: day } },
    [one, two],
    'it ran 2 days ago, more than 24 h (--run-max-age)',
  ],
  ['--no-cache', { reuse: { disabled: '--no-cache' } }, [one, two], '--no-cache'],
  ['--verify-reuse', { options: { verifyReuse: true } }, [one, two], '--verify-reuse'],
  ['a clock that was wrong', { reuse: { now: now - day } }, [one, two], 'it ran at a time in the future'],
];

test.each(rows)('after a change of %s, the right lines run', async (_, change, ran, why) => {
  const { lines, ran: found, blobsRead, built, before } = await rebuild(change);
  const reasons = lines.filter((line) => / runs: /.test(line));
  // A RUN that gives the same bytes again leaves what is above: then only its own line is in the list.
  expect(found).toEqual(ran);
  expect(reasons).toHaveLength(ran.length);
  if (why !== undefined) expect(reasons[0]).toMatch(new RegExp(` runs: ${why.replace(/[().]/g, '\\$&')}`));
  if (ran.length > 0) return;
  expect(
    lines.filter((line) => / is reused from the last image: it ran (?:\d+ days|\d+ h|0 min) ago$/.test(line)),
  ).toHaveLength(2);
  expect(blobsRead).toBe(0);
  expect(built.image.layers.every(({ kind }) => kind === 'stored')).toBe(true);
  expect(built.image.config.rootfs).toEqual(before.built.image.config.rootfs);
});

test('without a lock file, a RUN isn’t reused, and the output says what to do', async () => {
  const { ran, lines } = await rebuild({ options: { lock: 'use' } }, { options: { lock: 'use' } });
  expect(ran).toEqual([one, two]);
  expect(lines[0]).toBe(
    `Dockerfile line ${one}: RUN npm ci runs: the base node:20 isn't pinned, so its tag may have moved: pin it with --pin`,
  );
});

// kaniko kept the layers above a RUN that gave other bytes: GoogleContainerTools/kaniko#589, #1262, #1348.
test('a RUN that gives other bytes makes what is built on it run, too', async () => {
  const again: Change = { reuse: { now: now + 15 * day }, writes: (script) => ({ 'out/result': `${script} again` }) };
  expect((await rebuild(again)).ran).toEqual([one, two]);
});

test('a RUN that changes nothing is reused, too', async () => {
  const nothing = { writes: () => ({}) };
  const { ran, lines } = await rebuild(nothing, nothing);
  expect(ran).toEqual([]);
  expect(lines).toHaveLength(2);
});

test('an account that a RUN makes again with another number leaves no owner behind', async () => {
  const text = 'FROM node:20\nRUN adduser app\nCOPY --chown=app main.js /app/\nRUN ls\n';
  const withId = (id: number) => (script: string) =>
    script === 'ls'
      ? { 'out/ls': 'ls' }
      : { 'etc/passwd': `root:x:0:0::/:/bin/sh\napp:x:${id}:${id}::/:/bin/sh\n`, 'etc/group': `app:x:${id}:\n` };
  const first: Change = { dockerfile: text, files: { 'main.js': '1' }, writes: withId(100) };
  const same = await rebuild({ writes: withId(100) }, first);
  expect(same).toMatchObject({ ran: [], blobsRead: 0 });
  const other = await rebuild({ writes: withId(200), reuse: { now: now + 15 * day } }, first);
  expect(other.ran).toEqual([2, 4]);
  const [copied] = other.built.image.config.rootfs.diff_ids.slice(-2);
  expect(same.built.image.config.rootfs.diff_ids).not.toContain(copied);
});

test('what a machine with nothing to execute finds is reused, and else named with the way out', async () => {
  const run = { onLine: () => undefined, whyNoExecutor: 'this job has HEROKU_API_KEY', reuse: { now } };
  expect(await rebuild({ options: { run } })).toMatchObject({ ran: [], blobsRead: 0 });
  await expect(rebuild({ files: { 'package-lock.json': '2' }, options: { run } })).rejects.toMatchObject({
    code: 'RUN_REFUSED',
    message: `Dockerfile line ${one}: RUN npm ci has to run (package-lock.json changed), but this job has HEROKU_API_KEY.`,
  });
});

const stages = `FROM node:20 AS builder
WORKDIR /app
COPY package-lock.json ./
RUN npm ci
COPY src src
RUN npm run build
FROM node:20
COPY --from=builder /out/build /srv/
CMD ["node", "/srv/build"]
`;
const writesStages = (script: string): LayerContent =>
  script === 'npm ci' ? { 'out/modules': 'modules' } : { 'out/build': 'a build' };

async function buildFromCache(change: Change) {
  await using project = await shop({ dockerfile: stages });
  const first = await project.build({ writes: writesStages, ...{ dockerfile: stages } });
  const cached = first.built.cacheEntries!.map((entry) => ({
    ...entry,
    layer: entry.layer && {
      kind: 'stored' as const,
      diffId: entry.layer.diffId,
      descriptor: entry.layer.kind === 'blob' ? entry.layer.blob.descriptor : entry.layer.descriptor,
      from: { registry: 'registry.example', repository: 'shop/cache' },
    },
  }));
  for (const { layer } of first.built.cacheEntries!) await project.registry.keep(layer);
  const entries = cached.map(({ layer, ...rest }) => (layer === undefined ? rest : { ...rest, layer }));
  const options = { cache: Promise.resolve(entries), ...change.options };
  return { entries, first, ...(await project.build({ writes: writesStages, ...change, options })) };
}

test('the cache has the stages that the image doesn’t contain, and the layers of copies between them', async () => {
  const { entries, ran, lines, blobsRead, built, first } = await buildFromCache({});
  expect(entries.map((entry) => [entry.text, 'layer' in entry])).toEqual([
    ['WORKDIR /app', false],
    ['COPY package-lock.json ./', false],
    ['RUN npm ci', true],
    ['COPY src src', false],
    ['RUN npm run build', true],
    ['COPY --from=builder /out/build /srv/', true],
    ['CMD ["node", "/srv/build"]', false],
  ]);
  expect({ ran, blobsRead }).toEqual({ ran: [], blobsRead: 0 });
  expect(lines[0]).toMatch(/line 4: RUN npm ci is reused from the cache: it ran 0 min ago$/);
  expect(built.image.imageId).toBe(first.built.image.imageId);
});

test('a change of the code doesn’t install dependencies again', async () => {
  const { ran } = await buildFromCache({ files: { 'src/main.js': '2' } });
  expect(ran).toEqual([6]);
});

// kaniko built and sent a copy again although its files are the same: GoogleContainerTools/kaniko#1240, #1244, #1520.
test('a stage that runs again and gives the same files isn’t sent again', async () => {
  const { ran, built, first } = await buildFromCache({
    dockerfile: stages.replace('npm run build', 'npm run build --x'),
  });
  expect(ran).toEqual([6]);
  expect(built.layers.map(({ reused }) => reused)).toEqual([true]);
  expect(built.image.config.rootfs).toEqual(first.built.image.config.rootfs);
});

test('a layer that the cache’s registry has deleted is made again', async () => {
  const reuse = { now, hasLayer: async () => false };
  const { ran, lines } = await buildFromCache({ reuse });
  expect(ran).toEqual([4, 6]);
  expect(lines[0]).toContain('runs: the registry no longer has the layer of the cache');
});

test('a cache that can’t be read is done without', async () => {
  const cache = Promise.reject(new Error('gone'));
  cache.catch(() => undefined);
  const options = { cache };
  const { ran } = await rebuild({ options });
  expect(ran).toEqual([]);
});

// buildah didn't see another content of a stage that a bind mount shows: podman-container-tools/buildah#6609, #6845; werf/werf#6823.
test.each([
  ['a file of the context', 'RUN --mount=type=bind,source=src,target=/s ls', { files: { 'src/main.js': '2' } }, [2]],
  [
    'another file of the context',
    'RUN --mount=type=bind,source=src,target=/s ls',
    { files: { 'package.json': '2' } },
    [],
  ],
])('a bind mount counts by its content: %s', async (_, line, change, ran) => {
  expect((await rebuild(change, { dockerfile: `FROM node:20\n${line}\n` })).ran).toEqual(ran);
});

test('a bind mount of a stage counts by the stage’s layers', async () => {
  const text = 'FROM node:20 AS a\nRUN make\nFROM node:20\nRUN --mount=type=bind,from=a,source=/out,target=/s ls\n';
  const other = { reuse: { now: now + 15 * day }, writes: (script: string) => ({ 'out/x': `${script} again` }) };
  expect((await rebuild(other, { dockerfile: text })).ran).toEqual([2, 4]);
});

test('shows each hit’s age and each miss’s reason with the layers', async () => {
  const { built } = await rebuild({ files: { 'src/main.js': '2' }, reuse: { now: now + 3 * day } });
  expect(built.layers.flatMap(({ line, run }) => (run === undefined ? [] : [[line, run]]))).toEqual([
    [one, { age: 3 * day, source: 'the last image' }],
    [two, { why: 'src/main.js changed' }],
  ]);
});
