/**
 * Whether variables of an environment scope are given to jobs of an environment: `*` in the scope stands for any number of
 * characters. @see https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
 */
export function scopeCovers(scope: string, environment: string): boolean {
  const pattern = scope
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(environment);
}

/** Orders scopes that cover the same environment: the one that GitLab prefers, the most specific, first. */
export function bySpecificity(
  a: { readonly environmentScope: string },
  b: { readonly environmentScope: string },
): number {
  return literalLength(b.environmentScope) - literalLength(a.environmentScope);
}

function literalLength(scope: string): number {
  return scope.includes('*') ? scope.replaceAll('*', '').length : Number.POSITIVE_INFINITY;
}
