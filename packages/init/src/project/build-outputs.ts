import type { Manifest } from './manifest.ts';
import { buildStepsOf } from './script-steps.ts';
import { filesIn, joinPath, type Snapshot } from './snapshot.ts';

/** Where builds write, unless they're told otherwise. */
const outputs: readonly (readonly [command: RegExp, directories: readonly string[]])[] = [
  [/\b(?:react-router|docusaurus) build\b|\bremix (?:build|vite:build)\b|\breact-scripts build\b/, ['build']],
  [/\bnext build\b/, ['.next']],
  [/\bnuxt (?:build|generate)\b|\bnuxi build\b|\bvinxi build\b/, ['.output']],
  [/\bgatsby build\b/, ['public']],
  [/\beleventy\b/, ['_site']],
  [/\bstrapi build\b/, ['dist', 'build']],
  [
    /\b(?:astro|nest|ng|rsbuild|rspack|parcel|quasar|vue-cli-service) build\b|\b(?:tsup|tsdown|unbuild|webpack)\b/,
    ['dist'],
  ],
];

/** What writes nothing, or only next to what it reads. */
const silent =
  /^(?:\S+=\S* )*(?:npx )?(?:echo|true|rm|rimraf|mkdir|cp|copyfiles|cpx|eslint|oxlint|prettier|vitest|jest|vue-tsc|sass|node-sass|lessc|tailwindcss|prisma generate|react-router typegen|husky|tsc\b.*--noEmit)\b|^$|^:$/;

/**
 * Returns the directories that the script `build` writes, at the top of an app's directory. Undefined if that's unknown of one
 * of its commands.
 */
export function outputsOf(
  snapshot: Snapshot,
  directory: string,
  { scripts, ...manifest }: Manifest,
): string[] | undefined {
  const found = buildStepsOf('build', scripts).map((text) => outputOf(text));
  return found.some((one) => one === undefined) ? undefined : [...new Set(found.flatMap((one) => one ?? []))];

  function outputOf(text: string): readonly string[] | undefined {
    const [, told] = /--(?:out-?[dD]ir|outfile|out|dist-dir|output-path|dir)[= ]["']?([\w./-]+)/.exec(text) ?? [];
    if (told !== undefined) return topOf(told, /--outfile/.test(text));
    if (silent.test(text)) return [];
    if (/\bvite(?: |$)(?!:)/.test(text) && !/\bremix vite:/.test(text)) return viteOutput(text);
    if (/\btsc\b/.test(text)) return typescriptOutput();
    return outputs.find(([command]) => command.test(text))?.[1];
  }

  function viteOutput(text: string): readonly string[] {
    const declared = settingOf(/^vite\.config\.\w+$/, /outDir:\s*["'`]([\w./-]+)/);
    if (declared !== undefined) return topOf(declared, false);
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    if ('@sveltejs/kit' in all || '@react-router/dev' in all || '@remix-run/dev' in all) return ['build'];
    return /\bvite (?:optimize|--help)/.test(text) ? [] : ['dist'];
  }

  /** Without a directory, TypeScript writes next to the sources. */
  function typescriptOutput(): readonly string[] {
    const declared = settingOf(/^tsconfig(?:\.\w+)?\.json$/, /"outDir"\s*:\s*"([^"]+)"/);
    return declared === undefined ? [] : topOf(declared, false);
  }

  function settingOf(file: RegExp, setting: RegExp): string | undefined {
    return filesIn(snapshot, directory)
      .filter((path) => file.test(path))
      .map((path) => setting.exec(snapshot.texts.get(joinPath(directory, path)) ?? '')?.[1])
      .find((value) => value !== undefined);
  }
}

/** A file at the top is a build's only output; of a path below, its first directory is. */
function topOf(path: string, isFile: boolean): string[] {
  const clean = joinPath(path);
  return clean === '' || path.startsWith('..') ? [] : [isFile && !clean.includes('/') ? clean : clean.split('/')[0]!];
}
