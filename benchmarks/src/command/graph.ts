import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { ratios } from '../statistics.ts';
import { measureInTurns } from './in-turns.ts';
import { nxEnvironment, nxScript, usePlugins, writeFiles, writeNxWorkspace } from './nx-workspace.ts';

const projects = 200;

/** Measures `nx graph` of 200 projects, each with a deploy.json, in turns with the plugin, with one that infers nothing and without, without Nx's cache. */
export async function measureGraph(rounds: number): Promise<Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-graph-'));
  const home = `${directory}-home`;
  try {
    await writeNxWorkspace(directory);
    for (let index = 0; index < projects; index++)
      await writeFiles(join(directory, `apps/app-${index}`), {
        'project.json': { name: `app-${index}`, targets: { build: { command: 'true' } } },
        'deploy.json': { app: `app-${index}`, processes: { web: {} } },
        'server.js': `console.log(${index});\n`,
        Dockerfile: 'FROM node:24-slim\nCOPY server.js ./\nCMD ["node", "server.js"]\n',
      });
    const graph = async (...plugins: Parameters<typeof usePlugins>[1]): Promise<number> => {
      await usePlugins(directory, plugins);
      await rm(join(directory, '.nx'), { recursive: true, force: true });
      const { seconds } = await runCommand(process.execPath, [nxScript, 'graph', '--file=graph.json'], {
        cwd: directory,
        env: nxEnvironment(home),
      });
      await rm(join(directory, 'graph.json'));
      return seconds;
    };
    const { without, empty, own } = await measureInTurns(rounds, {
      without: () => graph(),
      empty: () => graph('empty-plugin'),
      own: () => graph('@tozo/nx/plugin'),
    });
    return [
      { name: `\`nx graph\` of ${projects} projects, s`, values: without, digits: 2 },
      { name: 'with a plugin that infers nothing, ÷ without', values: ratios(empty, without), digits: 2 },
      { name: 'with the plugin, ÷ without', values: ratios(own, without), goal: { max: 1.1 }, digits: 2 },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
    await rm(home, { recursive: true, force: true });
  }
}
