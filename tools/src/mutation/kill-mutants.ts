import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { type Mutant, mutateSource } from './mutants.ts';
import type { RegisteredTest } from './registered-tests.ts';

const registered = fileURLToPath(new URL('registered-tests.ts', import.meta.url));

export interface Killing {
  readonly mutants: number;
  /** Those that no test notices, as `conclude.ts:12: a === b → a !== b`. */
  readonly survivors: readonly string[];
}

/**
 * Runs tests against every mutant of the sources next to them, in this process.
 * @param directory has the sources; the tests are `*.test.ts` in it
 * @param outfile where they are compiled to
 */
export async function killMutants(directory: string, tests: readonly string[], outfile: string): Promise<Killing> {
  const mutants: Mutant[] = [];
  await build({
    stdin: {
      contents: [
        `export { tests } from ${JSON.stringify(registered)};`,
        ...tests.map((file) => `import './${file}';`),
      ].join('\n'),
      resolveDir: directory,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@tozo/source'],
    plugins: [mutating(directory, mutants), thirdPartyStaysOutside],
    logLevel: 'error',
  });
  const load = async (name: string): Promise<readonly RegisteredTest[]> => {
    const loaded = (await import(`${pathToFileURL(outfile).href}?${name}`)) as {
      readonly tests: readonly RegisteredTest[];
    };
    return loaded.tests;
  };
  const all = await load('once');
  const failing = await firstFailure(all);
  if (failing) throw new Error(`Without a mutant, this test fails: ${failing}`);
  const survivors: string[] = [];
  for (const [number, { change, isStatic }] of mutants.entries()) {
    setMutant(number);
    if (!(await firstFailure(isStatic ? await load(String(number)) : all))) survivors.push(change);
  }
  setMutant(undefined);
  return { mutants: mutants.length, survivors };
}

function setMutant(number: number | undefined): void {
  (globalThis as { mutant?: number | undefined }).mutant = number;
}

async function firstFailure(tests: readonly RegisteredTest[]): Promise<string | undefined> {
  for (const { name, run } of tests) {
    try {
      await run();
    } catch (error) {
      return `${name}: ${(error as Error).message}`;
    }
  }
  return undefined;
}

function mutating(directory: string, mutants: Mutant[]): Plugin {
  return {
    name: 'mutating',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (!path.startsWith(join(directory, '/')) || path.endsWith('.test.ts')) return undefined;
        const mutated = mutateSource(readFileSync(path, 'utf8'), mutants.length);
        mutants.push(
          ...mutated.mutants.map(({ change, isStatic }) => ({ change: `${basename(path)}:${change}`, isStatic })),
        );
        return { contents: mutated.text, loader: 'ts' };
      });
    },
  };
}

const thirdPartyStaysOutside: Plugin = {
  name: 'third-party-stays-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      if (path === 'vitest' && importer !== registered) return { path: registered };
      return path.startsWith('@tozo/') ? undefined : { path, external: true };
    });
  },
};
