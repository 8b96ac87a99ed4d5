import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { workspaceRoot } from '../workspace.ts';

interface LicensedManifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

/**
 * Returns the licenses of the packages that a bundle contains, which most licenses require.
 * @param directories relative to the workspace
 * @throws Error if a package has no license
 */
export async function renderLicenses(directories: readonly string[]): Promise<string> {
  const texts = new Map<string, string>();
  for (const directory of directories) {
    const { name, version, text } = await readLicense(directory);
    texts.set(`${name} ${version}`, text);
  }
  const sections = [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([title, text]) => `${title}\n\n${text}\n`);
  return `This package contains code of the following packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

async function readLicense(directory: string): Promise<{ name: string; version: string; text: string }> {
  const path = join(workspaceRoot, directory);
  const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as LicensedManifest;
  const { name, version, license } = manifest;
  const file = (await readdir(path)).find((entry) => /^(licen[cs]e|copying)(\.(md|txt|mit))?$/i.test(entry));
  if (file !== undefined) return { name, version, text: (await readFile(join(path, file), 'utf8')).trim() };
  if (license === undefined) throw new Error(`${directory} has no license: it can't be bundled.`);
  const author = typeof manifest.author === 'string' ? manifest.author : manifest.author?.name;
  return { name, version, text: `License: ${license}${author === undefined ? '' : `\nCopyright ${author}`}` };
}
