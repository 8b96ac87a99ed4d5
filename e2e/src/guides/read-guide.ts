import { readFile } from 'node:fs/promises';

/** What a guide tells its readers to do, in order. */
export type GuideStep =
  { readonly file: string; readonly text: string } | { readonly command: string; readonly line: number };

/** Reads a guide: a file is named in the line before its block, and blocks in `sh` are commands, one per line. */
export async function readGuide(path: string): Promise<GuideStep[]> {
  const text = await readFile(path, 'utf8');
  return [...text.matchAll(/(?:^`([^`\n]+)`:\n\n)?^( *)```(\w*)\n(.*?)^ *```$/gms)].flatMap(
    ({ 1: file, 2: indent = '', 3: language, 4: block = '', index }): GuideStep[] => {
      const content = block.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
      if (file !== undefined) return [{ file, text: content }];
      if (language !== 'sh') return [];
      const line = text.slice(0, index).split('\n').length;
      return content
        .trim()
        .split('\n')
        .map((command) => ({ command, line }));
    },
  );
}
