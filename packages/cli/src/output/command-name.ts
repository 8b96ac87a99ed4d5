const runners: Readonly<Record<string, string>> = {
  npm: 'npx tozo',
  pnpm: 'pnpm exec tozo',
  yarn: 'yarn tozo',
  bun: 'bunx tozo',
};

/**
 * Returns how a shell finds this command: one that npm, pnpm, Yarn or Bun started, as with `npx` or in a script, may not be in
 * the shell's PATH.
 */
export function commandName({ npm_config_user_agent: agent }: NodeJS.ProcessEnv): string {
  return runners[agent?.split('/', 1)[0] ?? ''] ?? 'tozo';
}

const command =
  /(?<![\w/@.-])(?<!(?:\bnpx|\bexec|\byarn|\bbunx|--no|-T) )tozo (?=(?:ci|deploy|doctor|image|image-deps|infrastructure|init|plan|promote|rollback|sandbox|status|variables)\b)/g;

/** Replaces `tozo` in the commands of a message, to be copied into a shell. */
export function nameCommands(text: string, name: string): string {
  return name === 'tozo' ? text : text.replaceAll(command, `${name} `);
}
