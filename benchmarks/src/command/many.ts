import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { connectSandbox } from '@tozo/sandbox';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { ratios } from '../statistics.ts';
import { nxEnvironment, nxScript, writeFiles, writeNxWorkspace } from './nx-workspace.ts';

const apps = 20;

/** Measures the deploy of 20 changed apps by one `nx run-many`, in turns with that of one of them by `nx run`. */
export async function measureMany(rounds: number): Promise<Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-many-'));
  const home = `${directory}-home`;
  const env = nxEnvironment(home);
  const deploy = async (count: number, ...args: string[]): Promise<number> => {
    // Other styles leave out what successful tasks print.
    const command = [nxScript, ...args, '--outputStyle=stream'];
    const { stdout, seconds } = await runCommand(process.execPath, command, { cwd: directory, env });
    const live = stripVTControlCharacters(stdout).match(/\bLIVE v\d+/g)?.length ?? 0;
    if (live !== count) throw new Error(`${live} instead of ${count} apps are live:\n${stdout}`);
    return seconds;
  };
  try {
    await writeNxWorkspace(directory);
    for (let index = 0; index < apps; index++) await writeApp(directory, index, 'first');
    const [one, many]: [number[], number[]] = [[], []];
    for (let round = -1; round < rounds; round++) {
      for (let index = 0; index < apps; index++) await writeApp(directory, index, `many ${round}`);
      const together = await deploy(apps, 'run-many', '-t', 'deploy', `--parallel=${apps}`);
      await writeApp(directory, 0, `one ${round}`);
      const single = await deploy(1, 'run', 'app-0:deploy');
      if (round < 0) continue;
      many.push(together);
      one.push(single);
    }
    return [
      { name: 'one app by `nx run`, s', values: one, digits: 1 },
      { name: `${apps} apps by \`nx run-many --parallel=${apps}\`, s`, values: many, digits: 1 },
      { name: `${apps} apps, ÷ one`, values: ratios(many, one), goal: { max: 8 }, digits: 1 },
    ];
  } finally {
    await (await connectSandbox({ dir: env['TOZO_SANDBOX_DIR']! }))?.stop();
    await rm(directory, { recursive: true, force: true });
    await rm(home, { recursive: true, force: true });
  }
}

async function writeApp(directory: string, index: number, text: string): Promise<void> {
  await writeFiles(join(directory, `apps/app-${index}`), {
    'project.json': { name: `app-${index}` },
    'package.json': { name: `app-${index}`, type: 'module' },
    'server.js': `import { createServer } from 'node:http';
const headers = { 'x-source-digest': process.env.SOURCE_DIGEST };
createServer((request, response) => response.writeHead(200, headers).end('${text}')).listen(process.env.PORT);
`,
    Dockerfile: `FROM node:24-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY package.json server.js ./
CMD ["node", "server.js"]
`,
    'deploy.json': {
      app: `app-${index}`,
      processes: { web: { health: { versionHeader: 'x-source-digest', holdSeconds: 1 } } },
    },
  });
}
