/**
 * Returns whether output is colored: FORCE_COLOR decides, or else NO_COLOR, or else whether it goes to a terminal or to the
 * job log of GitLab, which shows colors.
 * @see https://force-color.org
 * @see https://no-color.org
 */
export function shouldUseColor(env: NodeJS.ProcessEnv, { isTTY }: { readonly isTTY?: boolean }): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: none, TERM: terminal, GITLAB_CI: gitlab } = env;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (none) return false;
  return gitlab === 'true' || (isTTY === true && terminal !== 'dumb');
}
