/** What a token is asked for. @see https://distribution.github.io/distribution/spec/auth/scope/ */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`;
}

export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`;
}
