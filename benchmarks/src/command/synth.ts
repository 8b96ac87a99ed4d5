import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../process.ts';
import type { Finding } from '../sandbox/finding.ts';
import { ratios } from '../statistics.ts';
import { measureInTurns } from './in-turns.ts';
import { nxEnvironment, nxScript, writeFiles, writeNxWorkspace } from './nx-workspace.ts';
import { publishedDirectory } from './packages.ts';
import { measureProcessorTime } from './processor-time.ts';

const manyApps = 200;

const program = `import { App, DeployInfrastructure, synthesize } from '@tozo/infrastructure';
const shop = new DeployInfrastructure(new App(), 'shop', { appName: 'shop-live', gitlab: { name: 'shop' } });
await synthesize(shop, new URL('out/infrastructure/cdk.tf.json', import.meta.url));
`;

/**
 * Measures the processor time of the infrastructure's file: the app, the project and its variables after the import, and as many
 * of them as 200 apps have; and the target synth from Nx's cache, in turns with a target that does nothing.
 */
export async function measureSynth(rounds: number): Promise<Finding[]> {
  const directory = await mkdtemp(join(tmpdir(), 'bench-synth-'));
  const home = `${directory}-home`;
  try {
    await writeNxWorkspace(directory);
    await symlink(publishedDirectory('infrastructure'), join(directory, 'node_modules/@tozo/infrastructure'));
    await writeFiles(join(directory, 'apps/shop'), {
      'package.json': { name: 'shop', type: 'module' },
      'project.json': {
        name: 'shop',
        targets: {
          nothing: { executor: 'nx:noop' },
          synth: { cache: true, inputs: ['default', '!{projectRoot}/out/**/*'] },
        },
      },
      'infrastructure.js': program,
    });
    const processorTime = (imports: string, code: string): Promise<number> =>
      measureProcessorTime(directory, `const { ${imports} } = await import('@tozo/infrastructure');`, code);
    const render = (apps: number): Promise<number> =>
      processorTime(
        'App, DeployInfrastructure, renderTerraform',
        `for (let index = 0; index < ${apps}; index++)
  renderTerraform(new DeployInfrastructure(new App(), 'shop', { appName: 'shop-' + index, gitlab: { name: 'shop' } }));`,
      );
    const renderInOneStack = (apps: number): Promise<number> =>
      processorTime(
        'App, ContinuousDeployment, DeployInfrastructure, renderTerraform',
        `const stack = new DeployInfrastructure(new App(), 'shop', { appName: 'shop-live', gitlab: { name: 'shop' } });
for (let index = 1; index < ${apps}; index++)
  new ContinuousDeployment(stack, 'shop-' + index, { app: { name: 'shop-' + index, region: 'us' }, project: { name: 'shop-' + index } });
renderTerraform(stack);`,
      );
    const run = async (target: string): Promise<number> => {
      const options = { cwd: directory, env: nxEnvironment(home) };
      return (await runCommand(process.execPath, [nxScript, 'run', `shop:${target}`], options)).seconds;
    };
    const { one, many, together, synth, nothing } = await measureInTurns(rounds, {
      one: () => render(1),
      many: () => render(manyApps),
      together: () => renderInOneStack(manyApps),
      synth: () => run('synth'),
      nothing: () => run('nothing'),
    });
    return [
      { name: 'the infrastructure of an app, after the import, ms of processor time', values: one, goal: { max: 50 } },
      { name: `of ${manyApps} apps in one stack, ÷ one`, values: ratios(together, one), goal: { max: 25 }, digits: 1 },
      { name: `of ${manyApps} apps with a stack each, ÷ one`, values: ratios(many, one), goal: { max: 25 }, digits: 1 },
      {
        name: '`nx run shop:synth` from cache, ÷ a target that does nothing',
        values: ratios(synth, nothing),
        goal: { max: 1.5 },
        digits: 2,
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
    await rm(home, { recursive: true, force: true });
  }
}
