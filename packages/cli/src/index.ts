export { runCommand } from './run-command.ts';
export { run } from './main.ts';
export type { ProcessContext } from './process-context.ts';
