import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { RegistryPusherError } from '../../image/errors.ts';
import type { LayerContent } from '../../testing/tar-layer.ts';
import { expectCode } from '../../testing/expect-code.ts';
import type { Content } from '../../testing/directory.ts';
import { readFiles, listing, openTar } from '../../testing/layer-files.ts';
import { project } from '../../testing/project.ts';

const tools: LayerContent = {
  'bin/': { type: 'directory', mode: 0o755 },
  'bin/tool': { text: 'a tool', mode: 0o4755, uid: 7, gid: 8 },
  'bin/toolbox': { type: 'link', linkname: 'bin/tool', mode: 0o4755, uid: 7, gid: 8 },
  'bin/alias': { link: 'tool' },
  'opt/lib/': { type: 'directory', mode: 0o700, uid: 3, gid: 4 },
  'opt/lib/a': 'lower a',
  'opt/lib/b': 'b',
  'opt/current': { link: '/opt/lib' },
  'opt/up': { link: '../../../opt/lib' },
};
const upper: LayerContent = { 'opt/lib/a': 'upper a', 'opt/lib/.wh.b': '', 'opt/lib/c': 'c' };

async function shopOf(dockerfile: string, files: Record<string, Content> = {}) {
  const shop = await project(dockerfile, files);
  await shop.registry.putBase('docker.io/library/tools:1', [tools, upper]);
  return shop;
}

async function layers(lines: string, files: Record<string, Content> = {}) {
  await using shop = await shopOf(lines, files);
  return listing(await shop.build());
}

test('reads only files that go into the image from other stages', async () => {
  const dockerfile = `FROM node:20 AS build
WORKDIR /src
COPY --chown=node . .
FROM node:20
COPY --from=build /src/dist /app/
COPY --from=0 --chown=0 --chmod=700 /src/dist/run.sh /src/l /bin/
`;
  await using shop = await project(dockerfile, {
    'dist/main.js': '1',
    'dist/run.sh': { text: '2', mode: 0o755 },
    l: { link: 'dist/main.js' },
    'secret.txt': 'hunter2hunter2',
  });
  const built = await shop.build({ secrets: ['hunter2hunter2'] });
  expect(await listing(built)).toEqual([
    ['d755 0:0 app/', '-644 1000:1000 app/main.js', '-755 1000:1000 app/run.sh'],
    ['d755 0:0 bin/', '-700 0:0 bin/l', '-700 0:0 bin/run.sh'],
  ]);
  expect(built.image.config.history).toHaveLength(1 + 2);
});

test('a stage continues the layers and the history of the stage below', async () => {
  await using shop = await project('FROM node:20 AS one\nWORKDIR /app\nCOPY a ./\nFROM one\nCOPY a /app/b\n', {
    a: '',
  });
  const { image, layers: summaries } = await shop.build();
  expect(summaries.map(({ instruction }) => instruction)).toEqual(['WORKDIR /app', 'COPY a ./', 'COPY a /app/b']);
  expect(image.config.config?.WorkingDir).toBe('/app');
  const [one] = (await shop.build({ target: 'one' })).layers.slice(-1);
  expect(one).toMatchObject({ instruction: 'COPY a ./' });
});

test('copies files from an image with modes, owners, hard links and links', async () => {
  expect(await layers('FROM scratch\nCOPY --from=tools:1 / /\n')).toEqual([
    [
      'd755 0:0 bin/',
      'l777 0:0 bin/alias -> tool',
      'd755 0:0 opt/',
      'l777 0:0 opt/current -> /opt/lib',
      'd700 3:4 opt/lib/',
      'l777 0:0 opt/up -> ../../../opt/lib',
      '-4755 7:8 bin/tool',
      '-644 0:0 opt/lib/a',
      '-644 0:0 opt/lib/c',
      'h4755 7:8 bin/toolbox -> bin/tool',
    ],
  ]);
});

test.each([
  ['COPY --from=tools:1 /bin/tool /x', ['-4755 7:8 x']],
  ['COPY --from=tools:1 bin/alias /x/', ['d755 0:0 x/', '-4755 7:8 x/alias']],
  ['COPY --from=tools:1 --chown=5:6 --chmod=644 /bin/tool /x/', ['d755 5:6 x/', '-644 5:6 x/tool']],
  ['COPY --from=tools:1 /opt/current /x', ['d755 0:0 x/', '-644 0:0 x/a', '-644 0:0 x/c']],
  ['COPY --from=tools:1 /opt/up/a /x', ['-644 0:0 x']],
  ['COPY --from=tools:1 ../opt/lib/[ab] /x/', ['d755 0:0 x/', '-644 0:0 x/a']],
  ['COPY --from=tools:1 /opt/*/c /x/', ['d755 0:0 x/', '-644 0:0 x/c', '-644 0:0 x/c']],
  [
    'COPY --from=tools:1 --chown=node --chmod=750 /opt /x',
    [
      'd755 1000:1000 x/',
      'l777 1000:1000 x/current -> /opt/lib',
      'd750 1000:1000 x/lib/',
      'l777 1000:1000 x/up -> ../../../opt/lib',
      '-750 1000:1000 x/lib/a',
      '-750 1000:1000 x/lib/c',
    ],
  ],
])('%s', async (line, entries) => {
  expect(await layers(`FROM node:20\n${line}\n`)).toEqual([[...new Set(entries)]]);
});

test('copies the content of a file’s top layer', async () => {
  await using shop = await shopOf(
    'FROM scratch\nCOPY --from=tools:1 /opt/lib /bin /x/\nCOPY --from=tools:1 /bin/tool /bin/toolbox /y/\n',
  );
  const contents = await Promise.all(
    (await shop.build()).image.layers.map(async (layer) =>
      (await readFiles(openTar(layer))).flatMap(({ type, name, content }) =>
        type === 'file' ? [`${name}: ${content}`] : [],
      ),
    ),
  );
  expect(contents).toEqual([
    ['x/tool: a tool', 'x/a: upper a', 'x/c: c'],
    ['y/tool: a tool', 'y/toolbox: a tool'],
  ]);
});

test('directories created in a set-group-ID directory inherit its group and the bit', async () => {
  await using shop = await shopOf('FROM local:1\nWORKDIR /var/local/a\nCOPY --chown=7 f /var/local/b/\nWORKDIR a/c\n', {
    f: '',
  });
  await shop.registry.putBase('docker.io/library/local:1', [
    { 'var/local/': { type: 'directory', mode: 0o2775, gid: 50 } },
  ]);
  const first = await shop.build();
  expect(await listing(first)).toEqual([
    ['d2755 0:50 var/local/a/'],
    ['d2755 7:7 var/local/b/', '-644 7:7 var/local/b/f'],
    ['d2755 0:50 var/local/a/a/', 'd2755 0:50 var/local/a/a/c/'],
  ]);
  const previous = await shop.registry.push(first.image);
  expect((await shop.build({}, previous)).layers.every(({ reused }) => reused)).toBe(true);
});

test('copies from a stage with its changes to its base', async () => {
  const dockerfile = `FROM tools:1 AS build
COPY a /opt/lib/a
COPY a /opt/lib/new/
COPY --from=node:20 /usr /opt/lib/usr
FROM node:20
COPY --from=build /opt/lib /app
COPY --from=build /opt/lib/usr/bin /bin
`;
  expect(await layers(dockerfile, { a: '' })).toEqual([
    [
      'd755 0:0 app/',
      '-644 0:0 app/a',
      'd755 0:0 app/new/',
      '-644 0:0 app/new/a',
      'd755 0:0 app/usr/',
      'd755 0:0 app/usr/bin/',
      '-644 0:0 app/c',
      '-644 0:0 app/usr/bin/node',
    ],
    ['d755 0:0 bin/', '-644 0:0 bin/node'],
  ]);
});

test('reuses a layer from another image, and the layers above, without reading any layer', async () => {
  await using shop = await shopOf(
    `FROM node:20
COPY --from=tools:1 /opt /opt
COPY --from=tools:1 /bin/t* /bin/
COPY a /opt/current/
WORKDIR /opt/lib/deep
COPY --from=tools:1 /none* /opt/
`,
    { a: '' },
  );
  const first = await shop.build();
  const previous = await shop.registry.push(first.image);
  const { blobsRead } = shop.registry;
  const second = await shop.build({}, previous);
  expect(shop.registry.blobsRead).toBe(blobsRead);
  expect(second.image.imageId).toBe(first.image.imageId);
  expect(second.layers).toEqual(first.layers.map((layer) => ({ ...layer, reused: true })));
});

test('another image, base or line gives another layer', async () => {
  await using shop = await shopOf('FROM node:20\nCOPY --from=tools:1 /opt /opt\n');
  const digest = async () => (await shop.build()).layers[0]!.sourceDigest;
  const digests = [await digest()];
  await shop.registry.putBase('docker.io/library/tools:1', [tools]);
  digests.push(await digest());
  await shop.registry.putBase('docker.io/library/node:20', [{ 'etc/x': '' }]);
  digests.push(await digest());
  await shop.write({ Dockerfile: 'FROM node:20\nCOPY --from=tools:1 --chown=1 /opt /opt\n' });
  digests.push(await digest());
  expect(new Set(digests).size).toBe(4);
});

test('remembers the facts of other stages’ bases', async () => {
  await using shop = await shopOf(
    'FROM tools:1 AS build\nWORKDIR /opt/lib/x\nCOPY a ./\nFROM node:20\nCOPY --from=build /opt/lib/x /x\n',
    { a: '' },
  );
  const previous = await shop.registry.push((await shop.build()).image);
  const { blobsRead } = shop.registry;
  await shop.write({ a: 'changed' });
  expect((await shop.build({}, previous)).layers[0]!.reused).toBe(false);
  expect(shop.registry.blobsRead).toBe(blobsRead);
});

test.each([
  ['COPY --from=tools:1 /none /x', 'COPY_SOURCE_MISSING', 'docker.io/library/tools:1 has no /none'],
  ['COPY --from=tools:2 /bin /x', 'BASE_NOT_FOUND', 'line 2: the image docker.io/library/tools:2'],
  ['COPY --from=tools:1 /opt /var', 'DOCKERFILE_INVALID', 'a directory where the image has a file'],
  ['COPY --from=tools:1 /bin/tool /etc/passwd/', 'DOCKERFILE_INVALID', '/etc/passwd is a file'],
  ['COPY --from=tools:1 /opt/[ /x', 'DOCKERFILE_INVALID', "isn't a valid pattern"],
  ['COPY --from=tools:1 --exclude=a /opt/lib /x', 'INSTRUCTION_UNSUPPORTED', "can't exclude files of another image"],
  ['COPY --from=devices:1 /dev /x', 'INSTRUCTION_UNSUPPORTED', '/dev/null in docker.io/library/devices:1 is a device'],
  ['COPY --from=devices:1 /ping /x', 'INSTRUCTION_UNSUPPORTED', 'has file capabilities'],
] as const)('rejects %s', async (line, code, what) => {
  await using shop = await shopOf(`FROM node:20\n${line}\n`);
  await shop.registry.putBase('docker.io/library/node:20', [{ 'etc/passwd': '', 'var/lib': '' }]);
  await shop.registry.putBase('docker.io/library/devices:1', [
    {
      'dev/null': { type: 'character-device', devmajor: 1, devminor: 3 },
      ping: { text: '', pax: { 'SCHILY.xattr.security.capability': 'x' } } as LayerContent[string],
    },
  ]);
  await expectCode(shop.build(), code, what);
});

test.for([
  ['goes through another stage', 'FROM scratch AS other\nCOPY . /o/\nFROM node:20\nCOPY --from=other /o/key /\n'],
  ['only the base can name', 'FROM node:20\nCOPY $NAME /\n'],
] as const)('rejects a secret in a file that %s (fault 55, registry-pusher)', async ([, dockerfile]) => {
  await using shop = await project(dockerfile, { key: 'hunter2hunter2', other: '' }, { Env: ['NAME=k*'] });
  await expectCode(shop.build({ secrets: ['hunter2hunter2'] }), 'FILE_REFUSED', 'key contains');
});

test('rejects a secret in a file of another image (fault 55, registry-pusher)', async () => {
  await using shop = await shopOf('FROM scratch\nCOPY --from=tools:1 / /\n');
  await shop.registry.putBase('docker.io/library/tools:1', [{ a: 'a hunter2hunter2 b' }]);
  await expectCode(
    shop.build({ secrets: ['hunter2hunter2'] }),
    'FILE_REFUSED',
    '/a, copied from docker.io/library/tools:1, contains',
  );
});

test('fails on a layer that is damaged after the copied file', async () => {
  await using shop = await project('FROM scratch\nCOPY --from=tools:1 /a /x\n');
  await shop.registry.putBase('docker.io/library/tools:1', [{ a: 'a', b: randomBytes(500_000).toString('hex') }]);
  const whole = shop.registry.readBlob.bind(shop.registry);
  let reads = 0;
  shop.registry.readBlob = async (from, descriptor) => {
    const blob = await whole(from, descriptor);
    reads += 1;
    if (reads === 1) return blob;
    const damaged = async function* () {
      for await (const chunk of blob as AsyncIterable<Buffer>)
        for (let at = 0; at < chunk.length; at += 4096) yield chunk.subarray(at, at + 4096);
      throw new RegistryPusherError('DIGEST_MISMATCH', 'its digest is another');
    };
    return Readable.from(damaged(), { objectMode: false });
  };
  await expectCode(shop.build(), 'DIGEST_MISMATCH', 'its digest is another');
  expect(reads).toBe(2);
});
