/**
 * Returns whether jobs of an environment get the variables of an environment scope. `*` in the scope matches any characters.
 * @see https://docs.gitlab.com/ci/environments/#limit-the-environment-scope-of-a-cicd-variable
 */
export function scopeCovers(scope: string, environment: string): boolean {
  const pattern = scope
    .split('*')
    .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(environment);
}
