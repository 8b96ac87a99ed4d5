import { join } from 'node:path';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { ratios } from '../statistics.ts';
import { measureInTurns } from './in-turns.ts';
import { publishedDirectory } from './packages.ts';

const commands = { tozo: 'cli', 'registry-pusher': 'registry-pusher' };

/** Measures the start of the commands, in turns with a bare `node -e 0`. */
export async function measureHelp(rounds: number): Promise<Finding[]> {
  const { CI: _, ...env } = process.env;
  const milliseconds = async (...args: string[]) => (await runCommand(process.execPath, args, { env })).seconds * 1000;
  const measures = Object.entries(commands).map(([name, packageName]) => {
    const script = join(publishedDirectory(packageName), 'bin', `${name}.js`);
    return [name, () => milliseconds(script, '--help')] as const;
  });
  const { bare = [], ...helps } = await measureInTurns<string>(rounds, {
    bare: () => milliseconds('-e', '0'),
    ...Object.fromEntries(measures),
  });
  return [
    { name: '`node -e 0`, ms', values: bare },
    ...Object.entries(helps).map(([name, values]) => ({
      name: `\`${name} --help\`, ÷ \`node -e 0\``,
      values: ratios(values, bare),
      goal: { max: 2.5 },
      digits: 2,
    })),
  ];
}
