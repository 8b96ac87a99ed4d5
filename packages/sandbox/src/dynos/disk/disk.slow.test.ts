import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { imageOf, type LayerEntry } from '../../testing/images.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { standIn, testRunner } from '../../testing/test-runner.ts';
import { until } from '../../testing/until.ts';
import { copiedDisk } from './copied-disk.ts';
import type { MakeDisk } from './disk.ts';
import { overlayDisks } from './overlay-disk.ts';

const overlayWorks = await (async () => {
  await using directory = await temporaryDirectory();
  return (await overlayDisks(directory.path)) !== undefined;
})();
if (!overlayWorks) console.log('skipped: this process may not mount an overlay file system');

/** Prints what it finds on its disk, then changes the disk in every way. */
const vandal = `
  const fs = require('node:fs');
  const read = (name) => fs.existsSync(name) ? fs.readFileSync(name, 'utf8') : null;
  console.log(JSON.stringify(['note', 'data.txt', 'link', 'directory/inner', '/app/absolute'].map(read)));
  fs.appendFileSync('data.txt', ' changed in place');
  fs.writeFileSync('note', 'new');
  fs.writeFileSync(__dirname + '/link', 'through the link');
  fs.rmSync('directory', { recursive: true });
  fs.renameSync('main.js', 'renamed.js');
  console.log('done');
  setInterval(() => {}, 1000);`;

const files: LayerEntry[] = [
  { name: 'app/main.js', content: vandal },
  { name: 'app/data.txt', content: 'data' },
  { name: 'app/target', content: 'target' },
  { name: 'app/link', type: 'symlink', linkname: '/app/target' },
  { name: 'app/directory/inner', content: 'inner' },
];
const config = { Cmd: ['node', 'main.js'], WorkingDir: '/app', Labels: standIn };
const asPushed = '[null,"data","target","inner",null]';

const ways: [string, boolean, { makeDisk?: MakeDisk }][] = [
  ['an overlay', overlayWorks, {}],
  ['a copy', true, { makeDisk: copiedDisk }],
];

describe.each(ways)("a dyno's disk, %s of the image", (_, works, options) => {
  test.runIf(works)('is as it was pushed at each start, and what others write is not seen', async () => {
    const image = await imageOf([files], config);
    await using runner = await testRunner([image], options);
    const isDone = () => runner.lines.at(-1) === 'done';
    for (const name of ['web.1', 'web.2', 'web.1']) {
      runner.lines.length = 0;
      const dyno = await runner.start(image, { name });
      await until(isDone, Boolean);
      expect(runner.lines).toEqual([asPushed, 'done']);
      if (name === 'web.1') await dyno.stop();
    }
  });

  test.runIf(works)('is gone with its dyno', async () => {
    const image = await imageOf([files], config);
    await using runner = await testRunner([image], options);
    const dyno = await runner.start(image);
    await until(
      () => runner.lines.at(-1),
      (line) => line === 'done',
    );
    const directories = () => readdir(join(runner.directory, 'disks'));
    expect(await directories()).toHaveLength(1);
    await dyno.stop();
    await until(directories, ({ length }) => length === 0);
  });

  test.runIf(works)('has directories that are closed to their owner, and modes as in the image', async () => {
    const script = `console.log(['closed', 'closed/tool'].map((n) => (require('fs').statSync(n).mode & 0o7777).toString(8)).join())`;
    const closed: LayerEntry[] = [
      { name: 'app/main.js', content: script },
      { name: 'app/closed', type: 'directory', mode: 0o555 },
      { name: 'app/closed/tool', content: '', mode: 0o755 },
    ];
    const image = await imageOf([closed], config);
    await using runner = await testRunner([image], options);
    expect(await runner.output(image)).toEqual(['555,755']);
  });
});

test('rejects a WORKDIR that is a file in the image', async () => {
  const image = await imageOf([files], { ...config, WorkingDir: '/app/data.txt' });
  await using runner = await testRunner([image]);
  await expect(runner.start(image)).rejects.toThrow("the image's WORKDIR /app/data.txt isn't a directory");
});

test('unpacks layers that images share once, even across runners', async () => {
  const shared: LayerEntry[] = [{ name: 'app/shared.txt', content: 'shared' }];
  const script = (text: string): LayerEntry[] => [{ name: 'app/main.js', content: `console.log('${text}')` }];
  const images = [await imageOf([shared, script('one')], config), await imageOf([shared, script('two')], config)];
  const opened: string[] = [];
  const openBlob = (digest: string) => {
    opened.push(digest);
    return images.find(({ blobs }) => blobs.has(digest))!.openBlob(digest);
  };
  await using directory = await temporaryDirectory();
  {
    await using first = await testRunner(images, { dir: directory.path, openBlob });
    expect(await first.output(images[0]!)).toEqual(['one']);
    expect(await first.output(images[1]!)).toEqual(['two']);
    const paths = images.map(({ imageId }) =>
      join(directory.path, 'images', imageId.replace(':', '-'), 'app/shared.txt'),
    );
    const [one, two] = await Promise.all(paths.map((path) => stat(path)));
    expect(one?.ino).toBe(two?.ino);
  }
  await mkdir(join(directory.path, 'layers/temporary-half/file'), { recursive: true });
  await using second = await testRunner(images, { dir: directory.path, openBlob });
  expect(await second.output(images[1]!)).toEqual(['two']);
  expect(opened).toHaveLength(3);
  expect(new Set(opened).size).toBe(3);
  expect((await readdir(join(directory.path, 'layers'))).every((name) => name.startsWith('sha256-'))).toBe(true);
});
