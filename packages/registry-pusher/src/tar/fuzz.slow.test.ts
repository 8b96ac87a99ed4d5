import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createPick, mutateTar } from '../testing/tar-mutations.ts';
import { readByGnuTar, readByPython, readByUs, type Reading, type SeenEntry } from '../testing/tar-readers.ts';

/** `npm run prove tar-fuzz` sets these. The default is a small sample, always the same. */
const { TAR_FUZZ_RUNS = '250', TAR_FUZZ_SEED = '1' } = process.env;
const runs = Number(TAR_FUZZ_RUNS);
const batchSize = 500;
/** GNU tar reads one in so many archives, and all that Python and this reader read differently. */
const gnuTarReads = runs > batchSize ? 20 : 4;
/** A reading that takes longer hangs. */
const maxMilliseconds = 10_000;

const corpus = join(import.meta.dirname, 'corpus');
const names = readdirSync(corpus);
const archives = names.map((name) => readFileSync(join(corpus, name)));

/**
 * Why this reader refuses archives that both others accept. Other readers, such as Go's, understand them differently, or they
 * end silently where the archive is damaged. A wrong checksum is that of a link's content, which GNU tar skips.
 */
const deliberate = [
  /^an entry has two (?:long names|extended headers)/,
  /^a global header sets/,
  /^it goes on after an empty block$/,
  /^it ends (?:after an extended header|too early)$/,
  /contains a NUL(?: or goes on after its end)?$/,
  /^the record at byte \d+ of a PAX header is malformed$/,
  /^its .* isn't a number$/s,
  /^its .* is (?:negative|larger than 2\^53)$/,
  /^an extended header of \d+ bytes is larger/,
  /^the checksum of a header is wrong$/,
];

/** Removes what the others show in their own ways: slashes at the end of a name, and contents. */
function withoutSlashes(reading: Reading): Reading {
  if (typeof reading === 'string') return reading;
  return reading.map((entry) => ({ ...entry, name: entry.name.replace(/\/+$/, '') }));
}

function withoutContents(reading: Reading): readonly SeenEntry[] | undefined {
  const entries = withoutSlashes(reading);
  return typeof entries === 'string' ? undefined : entries.map((entry) => ({ ...entry, content: '' }));
}

function isEqual(a: Reading, b: Reading): boolean {
  const [one, other] = [withoutContents(a), withoutContents(b)];
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

/** Reads in chunks of various sizes. */
async function readInTime(tar: Buffer, seed: string): Promise<Reading> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${seed} hangs`)), maxMilliseconds);
  });
  const sizes = [511, 512, 513, 4096, 65_536, ...(tar.length > 4096 ? [] : [1, 7])];
  const reading = readByUs(tar, sizes[createPick(seed)(sizes.length)]!);
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

test('reads archives of other writers as Python and GNU tar do', async () => {
  const plain = names.filter((name) => !name.includes('sparse'));
  const paths = plain.map((name) => join(corpus, name));
  const byPython = readByPython(paths);
  const byGnuTar = readByGnuTar(paths);
  for (const [index, name] of plain.entries()) {
    const ours = await readByUs(readFileSync(paths[index]!), 1000);
    expect(withoutSlashes(ours), name).toEqual(withoutSlashes(byPython[index]!));
    expect(withoutContents(ours), name).toEqual(withoutContents(byGnuTar[index]!));
  }
});

test.each(['gnu-sparse.tar', 'gnu-sparse-map.tar', 'pax-sparse.tar'])('finds the entries of %s', async (name) => {
  const path = join(corpus, name);
  const shown = (reading: Reading) => (reading as SeenEntry[]).map((entry) => [entry.name, entry.type]);
  expect(shown(await readByUs(readFileSync(path), 512))).toEqual(shown(readByPython([path])[0]!));
});

test(
  'any archive is read as Python and GNU tar read it, or refused with a reason (faults 138, 139, 140, registry-pusher)',
  { timeout: 7_200_000 },
  async () => {
    const counts = { read: 0, refused: 0, equal: 0, othersDisagree: 0 };
    const refusals: Record<string, number> = {};
    const directory = mkdtempSync(join(tmpdir(), 'registry-pusher-tar-'));
    try {
      for (let start = 0; start < runs; start += batchSize) {
        const mutants = Array.from({ length: Math.min(batchSize, runs - start) }, (_, index) => {
          const seed = `${TAR_FUZZ_SEED} ${start + index}`;
          const tar = mutateTar(archives, createPick(seed));
          const path = join(directory, `${index}.tar`);
          writeFileSync(path, tar);
          return { seed, tar, path };
        });
        const paths = mutants.map(({ path }) => path);
        const byPython = readByPython(paths);
        const byUs: Reading[] = [];
        for (const { seed, tar } of mutants) byUs.push(await readInTime(tar, seed));
        // GNU tar is a process for each archive: it decides where Python disagrees, and reads a sample of the others.
        const isSample = (index: number) => (start + index) % gnuTarReads === 0;
        const differs = (index: number) =>
          typeof byUs[index] !== 'string' &&
          typeof byPython[index] !== 'string' &&
          !isEqual(byUs[index]!, byPython[index]!);
        const asked = paths.filter((_, index) => isSample(index) || differs(index));
        const byGnuTar = new Map(readByGnuTar(asked).map((reading, index) => [asked[index]!, reading]));
        for (const [index, { seed, path }] of mutants.entries()) {
          const ours = byUs[index]!;
          counts[typeof ours === 'string' ? 'refused' : 'read']++;
          const gnu = byGnuTar.get(path);
          if (gnu !== undefined && !isEqual(byPython[index]!, gnu)) counts.othersDisagree++;
          else if (typeof byPython[index] === 'string') continue;
          else if (typeof ours !== 'string') {
            expect(withoutSlashes(ours), seed).toEqual(withoutSlashes(byPython[index]!));
            counts.equal++;
          } else {
            expect(deliberate.some((reason) => reason.test(ours)) ? 'deliberate' : ours, seed).toBe('deliberate');
            const kind = ours.replaceAll(/"(?:\\.|[^"\\])*"|\d+/g, '…');
            refusals[kind] = (refusals[kind] ?? 0) + 1;
          }
        }
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
    expect(counts.equal).toBeGreaterThan(runs / 10);
    if (runs > batchSize) console.log(`${runs} archives`, counts, 'refused although others accept:', refusals);
  },
);
