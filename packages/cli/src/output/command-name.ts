const runners: Readonly<Record<string, string>> = {
  npm: 'npx tozo',
  pnpm: 'pnpm exec tozo',
  yarn: 'yarn tozo',
  bun: 'bunx tozo',
};

/**
 * Returns how a shell finds this command: one that npm, pnpm, Yarn or Bun started, as with `npx` or in a script, may not be in
 * the shell's PATH. One that was downloaded to run once has its package's name: there, npx and dlx would look `tozo` up in the
 * registry.
 * @param program the file that runs
 */
export function commandName({ npm_config_user_agent: agent }: NodeJS.ProcessEnv, program = ''): string {
  const runner = agent?.split('/', 1)[0] ?? '';
  if (/[\\/]_npx[\\/]/.test(program)) return 'npx @tozo/cli';
  if (/[\\/]dlx[^\\/]*[\\/]/.test(program)) return `${runner || 'pnpm'} dlx @tozo/cli`;
  return runners[runner] ?? 'tozo';
}

const command =
  /(?<![\w/@.-])(?<!(?:\bnpx|\bexec|\byarn|\byarn(?: --silent)? run|\bbunx|--no|-T) )tozo (?=(?:ci|deploy|doctor|image|image-deps|infrastructure|init|plan|promote|rollback|sandbox|status|variables)\b)/g;

/** Replaces `tozo` in the commands of a message, to be copied into a shell. */
export function nameCommands(text: string, name: string): string {
  return name === 'tozo' ? text : text.replaceAll(command, `${name} `);
}
