import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type DeployProject, deployProjectsOf, type ProjectGraph } from './deploy-projects.ts';
import { findNx } from './find-nx.ts';

/**
 * Reads the projects of an Nx workspace by `nx graph`, which all versions from 23 write alike. Returns undefined without a
 * nx.json or an installed Nx. Rejects with Nx's output if the graph can't be created.
 */
export async function readDeployProjects(
  root: string,
  { signal, env = process.env }: { readonly signal?: AbortSignal; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<DeployProject[] | undefined> {
  const nx = await findNx(root);
  if (nx === undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'tozo-graph-'));
  try {
    const file = join(directory, 'graph.json');
    await promisify(execFile)(process.execPath, [nx, 'graph', `--file=${file}`], {
      cwd: root,
      env: { ...env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
      ...(signal ? { signal } : {}),
    });
    const { graph } = JSON.parse(await readFile(file, 'utf8')) as { graph: ProjectGraph };
    return deployProjectsOf(graph);
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`Nx can't create the project graph:\n${`${stdout}${stderr}`.trim() || (error as Error).message}`, {
      cause: error,
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
