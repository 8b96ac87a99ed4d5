import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { workspace } from './packages.ts';

/** Writes the app that the root README describes: its server, its Dockerfile and its deploy.json, to the letter. */
export async function writeReadmeApp(directory: string): Promise<void> {
  const readme = await readFile(join(workspace, 'README.md'), 'utf8');
  const files = { js: 'dist/server.mjs', dockerfile: 'Dockerfile', json: 'deploy.json' };
  for (const [language, file] of Object.entries(files)) {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), blockOf(readme, language));
  }
}

/** Returns a code block inside a list, without its indentation. */
function blockOf(readme: string, language: string): string {
  const [, block] = new RegExp(`^   \`\`\`${language}\n(.*?)^   \`\`\`$`, 'ms').exec(readme) ?? [];
  if (block === undefined) throw new Error(`The README has no block in ${language}.`);
  return block.replaceAll(/^ {3}/gm, '');
}
