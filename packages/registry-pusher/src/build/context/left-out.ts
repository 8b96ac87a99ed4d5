import { type IgnorePattern, ignorePattern } from './ignore-patterns.ts';

/** What is left out of every context, for it may hold secrets, unless an ignore file asks for it by name. */
const sensitive = [
  { pattern: '**/.git', name: /^\.git$/, content: 'the history of the repository' },
  { pattern: '**/.env*', name: /^\.env/, content: 'values of an environment' },
  { pattern: '**/.npmrc', name: /^\.npmrc$/, content: 'tokens of package registries' },
  { pattern: '**/.netrc', name: /^\.netrc$/, content: 'passwords' },
  ...['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk'].map((key) => ({
    pattern: `**/${key}`,
    name: new RegExp(`^${key}$`),
    content: 'a private key',
  })),
] as const;

/** The first part of a path that is left out by default, and what such files hold. */
export function sensitivePart(path: string): { path: string; content: string } | undefined {
  const parts = path.split('/');
  for (const [index, part] of parts.entries()) {
    const found = sensitive.find(({ name }) => name.test(part));
    if (found !== undefined) return { path: parts.slice(0, index + 1).join('/'), content: found.content };
  }
  return undefined;
}

/**
 * The patterns by which sensitive files stay out, with those `!` patterns of an ignore file behind them that name one. A `!`
 * around such a file, as in `!src` or `!*`, does not take it in.
 */
export function leftOutPatterns(ignoreFile: readonly IgnorePattern[]): IgnorePattern[] {
  return [...sensitive.map(({ pattern }) => ignorePattern(pattern)), ...ignoreFile.filter(asksForSensitive)];
}

function asksForSensitive({ negated, text }: IgnorePattern): boolean {
  const withoutWildcards = text.split('/').map((part) => part.replaceAll(/[*?]/g, '').replace(/\.$/, ''));
  return negated && withoutWildcards.some((part) => sensitivePart(part) !== undefined);
}
