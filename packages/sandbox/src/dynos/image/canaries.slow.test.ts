import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SandboxError } from '../../errors/sandbox-error.ts';
import { imageOf, type LayerEntry } from '../../testing/images.ts';
import { temporaryDirectory } from '../../testing/temporary-directory.ts';
import { LayerStore } from './layer-store.ts';
import { unpackImage } from './unpack.ts';

/** `npm run prove canaries` sets 20,000. */
const layerCount = Number(process.env['CANARY_LAYERS'] ?? 80);
const layersPerImage = 2;

/** Plants files, directories and links above, beside and below where images are unpacked. */
function plantCanaries(base: string): void {
  for (const place of ['', 'above', 'above/middle', 'above/middle/beside', 'above/middle/a']) {
    mkdirSync(join(base, place), { recursive: true });
    for (const name of ['a', 'b', 'secret', '.wh.secret']) {
      const path = join(base, place, `canary-${name}`);
      writeFileSync(path, `untouched ${path}`);
    }
    symlinkSync('canary-a', join(base, place, 'secret'));
  }
}

/** Describes everything below `base` except for the unpacked image. */
function describe(base: string, except: string, directory = base): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (path === except) return [];
    const { mode, size, ino, nlink } = lstatSync(path);
    const content = entry.isSymbolicLink() ? readlinkSync(path) : entry.isFile() ? readFileSync(path, 'utf8') : '';
    const line = [
      relative(base, path),
      mode,
      entry.isDirectory() ? '' : size,
      ino,
      entry.isDirectory() ? '' : nlink,
      content,
    ].join(' ');
    return entry.isDirectory() ? [line, ...describe(base, except, path)] : [line];
  });
}

const plain = fc.constantFrom('a', 'b', 'above', 'middle', 'canary-a', 'secret');
const odd = fc.constantFrom(
  ...['..', '.', '', '.wh.', '.wh..', '.wh...', '...', '.wh.secret', '.wh.canary-a', '.wh..wh..opq', '.wh..wh.'],
  ...['.wh.a', '\u202e', '..\\', ' ..', '.. '],
);
const path = fc
  .tuple(
    fc.oneof({ weight: 6, arbitrary: fc.constant('') }, fc.constantFrom('/', './', '../', '//')),
    fc.array(fc.oneof({ weight: 8, arbitrary: plain }, odd), { minLength: 1, maxLength: 4 }),
  )
  .map(([start, parts]) => `${start}${parts.join('/')}`)
  .filter((name) => name !== '');
/** Where links point: often out of the image. */
const target = fc
  .tuple(fc.constantFrom('', '/', '../', '../../', '../../../'), fc.array(fc.oneof(plain, odd), { maxLength: 3 }))
  .map(([start, parts]) => `${start}${parts.join('/')}`)
  .filter((name) => name !== '');
const mode = fc.constantFrom(0o644, 0o755, 0o4755, 0o000, 0o777);
const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
  fc.tuple(path, mode).map(([name, bits]) => ({ name, content: 'overwritten', mode: bits })),
  fc.tuple(path, mode).map(([name, bits]) => ({ name, type: 'directory' as const, mode: bits })),
  fc.tuple(path, target).map(([name, linkname]) => ({ name, type: 'symlink' as const, linkname })),
  fc.tuple(path, fc.oneof(plain, target)).map(([name, linkname]) => ({ name, type: 'link' as const, linkname })),
);

test(`${layerCount} hostile layers touch nothing outside the image (fault 157, sandbox)`, async () => {
  await using outside = await temporaryDirectory();
  await using stores = await temporaryDirectory();
  const middle = join(outside.path, 'above/middle');
  const root = join(middle, 'root');
  plantCanaries(outside.path);
  const before = describe(outside.path, root);
  let layers = 0;
  let accepted = 0;
  const property = fc.asyncProperty(
    fc.array(fc.array(entry, { minLength: 1, maxLength: 4 }), { minLength: layersPerImage, maxLength: layersPerImage }),
    async (entries) => {
      const image = await imageOf(entries).catch(() => undefined);
      if (!image) return;
      layers += entries.length;
      const dir = join(stores.path, String(layers));
      const store = new LayerStore(dir, image.openBlob);
      await store.adopt();
      const code = await unpackImage(image.pushed, store, root).then(
        () => 'accepted',
        (error: unknown) => (error instanceof SandboxError ? error.code : String(error)),
      );
      if (code === 'accepted') accepted++;
      expect(['accepted', 'IMAGE_INVALID']).toContain(code);
      expect(describe(outside.path, root)).toEqual(before);
      for (const used of [dir, root]) rmSync(used, { recursive: true, force: true });
    },
  );
  await fc.assert(property, { numRuns: Math.ceil(layerCount / layersPerImage), seed: 157 });
  console.log(`${layers} layers, ${accepted} images accepted, nothing outside touched`);
  expect(accepted).toBeGreaterThan(0);
}, 3_600_000);
