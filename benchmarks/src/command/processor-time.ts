import { runCommand } from '../process.ts';

/** Returns the milliseconds of processor time that a module's code takes in a new process, after its `setup`. */
export async function measureProcessorTime(cwd: string, setup: string, code: string): Promise<number> {
  const module = `${setup}
const started = process.cpuUsage();
${code}
const { user, system } = process.cpuUsage(started);
console.log((user + system) / 1000);`;
  const args = ['--input-type=module', '--eval', module];
  return Number((await runCommand(process.execPath, args, { cwd })).stdout);
}
