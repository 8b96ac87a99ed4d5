import { join } from 'node:path';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { ratios } from '../statistics.ts';
import { publishedDirectory } from './packages.ts';

const commands = { tozo: 'cli', 'registry-pusher': 'registry-pusher' };

/** Measures the start of the commands, in turns with a bare `node -e 0`. */
export async function measureHelp(rounds: number): Promise<Finding[]> {
  const bare: number[] = [];
  const helps = Object.entries(commands).map(([name, packageName]) => {
    const script = join(publishedDirectory(packageName), 'bin', `${name}.js`);
    return { name, script, values: [] as number[] };
  });
  const { CI: _, ...env } = process.env;
  // The first round isn't counted.
  for (let round = -1; round < rounds; round++) {
    const seconds = async (...args: string[]) => (await runCommand(process.execPath, args, { env })).seconds * 1000;
    const started = await seconds('-e', '0');
    if (round >= 0) bare.push(started);
    for (const { script, values } of helps) {
      const value = await seconds(script, '--help');
      if (round >= 0) values.push(value);
    }
  }
  return [
    { name: '`node -e 0`, ms', values: bare },
    ...helps.map(({ name, values }) => ({
      name: `\`${name} --help\`, ÷ \`node -e 0\``,
      values: ratios(values, bare),
      goal: { max: 2.5 },
      digits: 2,
    })),
  ];
}
