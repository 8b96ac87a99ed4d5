export { runCommand } from './run-command.ts';
export { run } from './main.ts';
export type { CommandContext } from './command-context.ts';
