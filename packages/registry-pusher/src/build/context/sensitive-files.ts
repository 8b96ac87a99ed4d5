import { type IgnorePattern, parseIgnorePattern } from './ignore-patterns.ts';

/** Files that may contain secrets, or that no image is made of. Every context leaves them out unless its ignore file includes them by name. */
const sensitive = [
  { pattern: '**/.git', name: /^\.git$/, content: "the repository's history" },
  { pattern: '**/.tozo', name: /^\.tozo$/, content: 'what tozo hands from job to job' },
  { pattern: '**/.env*', name: /^\.env/, content: 'environment variables' },
  { pattern: '**/.npmrc', name: /^\.npmrc$/, content: 'package registry tokens' },
  { pattern: '**/.netrc', name: /^\.netrc$/, content: 'passwords' },
  ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'].map((key) => ({
    pattern: `**/${key}`,
    name: new RegExp(`^${key}$`),
    content: 'a private key',
  })),
] as const;

/** What every repository has, so leaving it out isn't worth a line. */
export function isExpected(path: string): boolean {
  return /(?:^|\/)\.(?:git|tozo)$/.test(path);
}

/** Returns the first sensitive part of a path, and the content of such files. */
export function sensitivePart(path: string): { path: string; content: string } | undefined {
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    const found = sensitive.find(({ name }) => name.test(part));
    if (found !== undefined) return { path: parts.slice(0, index + 1).join('/'), content: found.content };
  }
  return undefined;
}

/**
 * Returns the patterns that leave out sensitive files, followed by the ignore file's `!` patterns that name one. A broader
 * `!` pattern, such as `!src` or `!*`, doesn't include them.
 */
export function sensitivePatterns(ignoreFile: readonly IgnorePattern[]): IgnorePattern[] {
  return [...sensitive.map(({ pattern }) => parseIgnorePattern(pattern)), ...ignoreFile.filter(namesSensitiveFile)];
}

function namesSensitiveFile({ negated, text }: IgnorePattern): boolean {
  const withoutWildcards = text.split('/').map((part) => part.replaceAll(/[*?]/g, '').replace(/\.$/, ''));
  return negated && withoutWildcards.some((part) => sensitivePart(part) !== undefined);
}

const maxNamed = 3;

/** Returns a line that names the sensitive paths left out of a context, and the way back, or none. */
export function warnAboutExcluded(excluded: ReadonlySet<string>): string[] {
  const paths = [...excluded];
  const [first] = paths;
  if (first === undefined) return [];
  const more = paths.length - maxNamed;
  const named = `${paths.slice(0, maxNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [
    `Left out, because such files may contain secrets: ${named}. If the image needs one, name it in .dockerignore: !${first}`,
  ];
}
