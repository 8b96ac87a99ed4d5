import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildDirect } from '@tozo/registry-pusher';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildByEngine } from './direct-builder/engine-build.ts';
import { buildsAll } from './direct-builder/sample.ts';
import { contentOf, savedContent } from './direct-builder/image-files.ts';
import { daemonBlocker, daemonPrograms, type DockerDaemon, startDockerDaemon } from './docker-daemon.ts';
import { missingPrograms } from './server-process.ts';

const bin = process.env['NEWER_DOCKER_BIN'];
const absent = missingPrograms(daemonPrograms);
const blocker = absent.length > 0 ? `not installed: ${absent.join(', ')} (apt-get install docker.io)` : daemonBlocker();
if (blocker !== undefined) console.log(`skipped: ${blocker}`);

const seed = Number(process.env['IGNORE_PATTERNS_SEED'] ?? 20_240_601);
const [builds, casesPerBuild, alone] = buildsAll ? [4, 100, 4] : [1, 100, 1];

/** The files of every case. */
const tree = [
  'a',
  'b',
  'ab',
  '.h',
  'a.md',
  'A',
  'd/a',
  'd/b.md',
  'd/d/a',
  'd/d/.h',
  'd/d/ab',
  'e/a.md',
  'e/d/b',
  'e/d/d/a',
  'a+b',
  'e/a b',
];

/** These files and their directories. */
const everything = new Set(
  tree.flatMap((path) => path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))),
);

const name = fc.constantFrom('a', 'b', 'ab', 'd', 'e', 'A', '.h', 'a.md', 'b.md', 'a+b', 'a b', '..', '.');
const glob = fc.constantFrom(
  '*',
  '**',
  '?',
  'a*',
  '*.md',
  '*b',
  '[ab]',
  '[^a]',
  '[a-c]*',
  '.*',
  '**.md',
  '\\a',
  'a\\+b',
  '?b',
  '**d',
  '[^x]',
  'd[^b]a',
  '[[:alpha:]]',
  '[[:^alpha:]]*',
  '[[:upper:]]',
  '[[:lower:][:punct:]]*',
  '[\\w]',
  '[\\D]*',
  '[\\.a]*',
  '[.a]*',
  '[*]',
  '[?]a',
  '[a^]*',
  'a[+ ]b',
  'a[\\s]b',
  '\\x61',
  '\\141',
  '[\\x61-\\x62]',
  '\\w',
  '*\\W*',
  '^a',
  'a^',
  '*^a',
  '\\Aa',
  '*a*b*',
  '**a**',
  '***',
  '?*?',
  '*.*',
  'd**',
  '**/[^a]*',
);
/** Docker rejects these when it compares the first path with them. */
const invalid = ['[z-a]', '[[:letter:]]', '\\e', '[a-\\d]'];
const part = fc.oneof({ weight: 3, arbitrary: name }, { weight: 2, arbitrary: glob });
const path = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), fc.constantFrom('', '', '', '/'))
  .map(([parts, end]) => parts.join('/') + end)
  .filter((text) => !leadsOut(text));
const pattern = fc.record({ negated: fc.boolean(), path });
const ignoreFile = fc.array(pattern, { minLength: 1, maxLength: 6 });

/** Returns whether a pattern with `..` leads out of its directory, where it could match another case's files. */
function leadsOut(text: string): boolean {
  let depth = 0;
  for (const each of text.split('/')) {
    depth += each === '..' ? -1 : each === '.' || each === '' ? 0 : 1;
    if (depth < 0 || each.includes('**')) return depth < 0;
  }
  return false;
}

type Patterns = readonly { readonly negated: boolean; readonly path: string }[];

function lines(patterns: Patterns, directory: string): string[] {
  return patterns.map((each) => `${each.negated ? '!' : ''}${directory}${each.path}`);
}

describe.skipIf(blocker !== undefined)('ignore files', () => {
  let directory: string;
  let engine: DockerDaemon;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tozo-ignore-'));
    engine = await startDockerDaemon(bin ? { bin } : {});
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it(`exclude the same files as in BuildKit, in ${builds * casesPerBuild + alone} cases of seed ${seed}`, async () => {
    const samples: Patterns[] = fc.sample(ignoreFile, { seed, numRuns: builds * casesPerBuild + alone });
    let excluding = 0;
    for (let build = 0; build < builds; build++) {
      const cases = samples.slice(build * casesPerBuild, (build + 1) * casesPerBuild);
      const text = cases.flatMap((patterns, index) => lines(patterns, `c${index}/`)).join('\n');
      const { ours, theirs } = await both(
        `batch-${build}`,
        text,
        cases.map((_, index) => `c${index}/`),
      );
      for (const [index, patterns] of cases.entries()) {
        const inside = (files: readonly string[]) => files.filter((each) => each.startsWith(`/x/c${index}/`));
        expect({ patterns, files: inside(ours) }).toEqual({ patterns, files: inside(theirs) });
        if (inside(theirs).length < everything.size) excluding++;
      }
    }
    for (const [index, patterns] of samples.slice(-alone).entries()) {
      const { ours, theirs } = await both(`alone-${index}`, lines(patterns, '').join('\n'), ['']);
      expect({ patterns, files: ours }).toEqual({ patterns, files: theirs });
    }
    for (const [index, bad] of (buildsAll ? invalid : invalid.slice(0, 1)).entries()) {
      const title = `invalid-${index}`;
      await expect(both(title, bad, ['']), bad).rejects.toThrow(/isn't a valid pattern/);
      const args = ['-t', title, '-f', join(directory, `${title}.Dockerfile`), join(directory, title)];
      await expect(buildByEngine(engine, { bin, directory }, args), bad).rejects.toThrow(/./);
    }
    console.log(
      `ignore patterns: ${samples.length} cases of seed ${seed}, ${excluding} exclude something${buildsAll ? '' : ' (npm run prove direct-builder: 404)'}`,
    );
    expect(excluding).toBeGreaterThan((builds * casesPerBuild) / 3);
  });

  /** Returns the paths that each builder copies from a context with a copy of the tree in each of `directories`. */
  async function both(title: string, text: string, directories: readonly string[]) {
    const context = join(directory, title);
    const dockerfile = join(directory, `${title}.Dockerfile`);
    for (const file of directories.flatMap((each) => tree.map((path) => `${each}${path}`))) {
      await mkdir(join(context, dirname(file)), { recursive: true });
      await writeFile(join(context, file), '');
    }
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /x\n');
    await writeFile(`${dockerfile}.dockerignore`, text);
    const registry = {
      getImage: async () => undefined,
      getDigest: async () => undefined,
      readBlob: () => Promise.reject(new Error('scratch has no layers')),
    };
    const shop = await buildDirect({ context, dockerfile }, { registry });
    await buildByEngine(engine, { bin, directory }, ['-t', title, '-f', dockerfile, context]);
    const theirs = await savedContent(engine.socketPath, title);
    const { files } = await contentOf(shop.image, []);
    return { ours: Object.keys(files), theirs: Object.keys(theirs.files) };
  }
});
