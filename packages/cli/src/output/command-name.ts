const runners: Readonly<Record<string, string>> = {
  npm: 'npx tozo',
  pnpm: 'pnpm exec tozo',
  yarn: 'yarn tozo',
  bun: 'bunx tozo',
};

/** Downloads of a command that isn't installed. Without an install, the name tozo would be looked up in the registry. */
const downloads: readonly (readonly [where: RegExp, name: string])[] = [
  [/[\\/]_npx[\\/]/, 'npx @tozo/cli'],
  [/[\\/]dlx-?[^\\/]*[\\/]/, 'dlx @tozo/cli'],
];

/**
 * Returns how a shell finds this command: one that npm, pnpm, Yarn or Bun started, as with `npx` or in a script, may not be in
 * the shell's PATH.
 * @param program the file that runs
 */
export function commandName({ npm_config_user_agent: agent }: NodeJS.ProcessEnv, program = ''): string {
  const runner = agent?.split('/', 1)[0] ?? '';
  const [, download] = downloads.find(([where]) => where.test(program)) ?? [];
  if (download !== undefined) return download.startsWith('dlx') ? `${runner || 'pnpm'} ${download}` : download;
  return runners[runner] ?? 'tozo';
}

const command =
  /(?<![\w/@.-])(?<!(?:\bnpx|\bexec|\byarn|\byarn(?: --silent)? run|\bbunx|--no|-T) )tozo (?=(?:ci|deploy|doctor|image|image-deps|infrastructure|init|plan|promote|rollback|sandbox|status|variables)\b)/g;

/** Replaces `tozo` in the commands of a message, to be copied into a shell. */
export function nameCommands(text: string, name: string): string {
  return name === 'tozo' ? text : text.replaceAll(command, `${name} `);
}
