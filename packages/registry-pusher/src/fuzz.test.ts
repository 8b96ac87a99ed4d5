import { posix } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { extract } from 'tar-stream';
import { expect, test } from 'vitest';
import { checkContext } from './build/direct/check-context.ts';
import { RegistryPusherError } from './image/errors.ts';
import type { Entry } from './build/layer/entry.ts';
import { writeLayerTar } from './build/layer/layer-tar.ts';
import { createDirectory } from './testing/directory.ts';

/** `npm run prove fuzz` sets `FUZZ_RUNS` and `FUZZ_SEED`. The default is a small sample, always the same. */
const { FUZZ_RUNS = '100', FUZZ_SEED = '1' } = process.env;
const sample = { numRuns: Number(FUZZ_RUNS), seed: Number(FUZZ_SEED) };
const options = { timeout: 3_600_000 };
/** The maximum processor time for one input. A hundredth is usual, also on a slow machine. */
const maxSeconds = 20;

const keywords =
  'FROM ARG ENV LABEL WORKDIR COPY ADD USER EXPOSE VOLUME STOPSIGNAL HEALTHCHECK SHELL CMD ENTRYPOINT RUN ONBUILD MAINTAINER';
const pieces =
  '\n|\r\n|\\\n|`\n| |\t|"|\'|\\|`|$|${|}|:-|:+|:?|#|##|%|%%|/|//|*|?|[|]|{|[a|[^a|!|,|:|=|@|.|..|/a/../b|<<A\n|<<-"A"\n|A\n|' +
  '# escape=`\n|# syntax=docker/dockerfile:1\n|# check=skip=all\n|#|--from=|--from=0|--chown=|--chmod=|--link|--platform=|' +
  '--mount=type=secret|--interval=1s|AS |a|b|main.js|dist/|é|e\u0301|\u0000|\uFEFF|\u2028|😀|\uD800|sha256:|scratch|' +
  'FROM scratch\n|ARG A=a\n|ENV A=$A$A\n|ENV A=${A}${A}${A}\n|ENV A=${A//a/aaaa}\n|ENV A=${A%%*a*a*a*a*b}\n|COPY . .\n';
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...pieces.split('|')) },
  { weight: 3, arbitrary: fc.constantFrom(...keywords.split(' ')).map((keyword) => `\n${keyword} `) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('a', '$A', '${A:-', '}', '\\', '"', '[', '* ', '\n', 'ENV A=$A$A\n'), fc.nat(2000))
      .map(([text, times]) => text.repeat(times)),
  },
);
const dockerfile = fc
  .tuple(fc.constantFrom('', 'FROM scratch\n'), fc.array(piece, { maxLength: 40 }))
  .map(([start, parts]) => start + parts.join(''));

test('accepts or rejects any Dockerfile with a message, in bounded time and memory', options, async () => {
  await using directory = await createDirectory({ 'main.js': 'x', 'dist/a': 'a', 'dist/b': 'b' });
  const request = { context: directory.path, dockerfile: directory.file('Dockerfile') };
  await fc.assert(
    fc.asyncProperty(dockerfile, async (text) => {
      await directory.write({ Dockerfile: text });
      const before = process.cpuUsage();
      const heap = process.memoryUsage().heapUsed;
      const error: unknown = await checkContext(request).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const { user, system } = process.cpuUsage(before);
      expect((user + system) / 1e6).toBeLessThan(maxSeconds);
      expect(process.memoryUsage().heapUsed - heap).toBeLessThan(512 * 2 ** 20);
      if (error === undefined) return;
      expect(error).toBeInstanceOf(RegistryPusherError);
      expect((error as Error).message.length).toBeGreaterThan(10);
      expect((error as Error).message).not.toMatch(/undefined|\[object|call stack/);
    }),
    sample,
  );
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('a', '/', 'é', '\n', '=', ' ', '\\'), minLength: 1, maxLength: 600 }),
);
const clean = text.filter((each) => !each.includes('\u0000') && Buffer.from(each).toString() === each);
const path = clean.map((each) => posix.resolve('/', each)).filter((each) => each !== '/');
const number = fc.oneof(fc.nat(), fc.constantFrom(0o7777777, 0o10000000, 0xffff_fffe));
const owner = fc.record({ uid: number, gid: number });
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc
    .tuple(path, owner, fc.nat(0o7777))
    .map(([at, who, mode]): Entry => ({ type: 'directory', path: at, mode, ...who })),
  fc.tuple(path, owner, clean).map(([at, who, target]): Entry => ({ type: 'link', path: at, target, ...who })),
);

test('any entries give a tar file of whole blocks that is read back', options, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 5 }), fc.nat(0o77777777777), async (entries, mtime) => {
      const chunks: Buffer[] = [];
      for await (const chunk of writeLayerTar(entries, mtime)) chunks.push(chunk);
      expect(chunks.every(({ length }) => length % 512 === 0)).toBe(true);
      const reader = extract();
      Readable.from(chunks).pipe(reader);
      const read: unknown[] = [];
      for await (const { header } of reader) {
        const { name, linkname, mode } = header;
        const { pax } = header as { pax?: Record<string, string> | null };
        const { uid = header.uid, gid = header.gid } = pax ?? {};
        read.push([name.replace(/\/$/, ''), linkname ?? undefined, Number(uid), Number(gid), mode]);
      }
      expect(read).toEqual(
        entries.map((each) => [
          each.path.slice(1).replace(/\/$/, ''),
          each.type === 'link' ? each.target : undefined,
          each.uid,
          each.gid,
          each.type === 'link' ? 0o777 : each.type === 'directory' ? each.mode : undefined,
        ]),
      );
    }),
    sample,
  );
});
