import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Content = string | { readonly link: string } | { readonly directory: true } | { readonly program: string };

/** Names and types that differ between machines. */
const files: Readonly<Record<string, Content>> = {
  Dockerfile:
    'FROM scratch\nARG SOURCE_DIGEST\nENV SOURCE_DIGEST=$SOURCE_DIGEST\nWORKDIR /app\nCOPY --chown=1000 package.json ./\nCOPY . ./\nCMD ["node", "main.js"]\n',
  'package.json': '{"type":"module"}\n',
  'main.js': 'console.log("hello")\n',
  'bin/run': { program: '#!/bin/sh\n' },
  empty: { directory: true },
  'link.js': { link: 'main.js' },
  'README.md': 'upper\n',
  'readme.md': 'lower\n',
  'a b': 'space\n',
  'z\u00e9.txt': 'composed\n',
  'ze\u0301.txt': 'decomposed\n',
  'ı/İ.txt': 'Turkish\n',
  '😀.txt': 'emoji\n',
  [`${'long/'.repeat(60)}file`]: 'deep\n',
  ...Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`node_modules/m${index % 40}/${index}.js`, `${index}`]),
  ),
};

export interface Making {
  readonly umask?: number;
  /** Whether to write the files in reverse, so the file system lists them in another order. */
  readonly reversed?: boolean;
  /** Seconds since 1970. */
  readonly mtime?: number;
}

/** Writes the same project in one of several ways, to a directory that every user can read. */
export function makeProject({ umask = 0o022, reversed = false, mtime = 1e9 }: Making): string {
  const directory = mkdtempSync(join(tmpdir(), 'tozo-image-id-'));
  chmodSync(directory, 0o755);
  const before = process.umask(umask);
  try {
    const names = Object.keys(files).sort();
    for (const name of reversed ? names.reverse() : names) make(join(directory, name), files[name]!, mtime);
  } finally {
    process.umask(before);
  }
  return directory;
}

function make(path: string, content: Content, mtime: number): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string') writeFileSync(path, content);
  else if ('link' in content) return symlinkSync(content.link, path);
  else if ('directory' in content) mkdirSync(path);
  else {
    writeFileSync(path, content.program);
    chmodSync(path, 0o777 & ~process.umask());
  }
  utimesSync(path, mtime, mtime);
}
