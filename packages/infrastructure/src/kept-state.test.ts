import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DeployInfrastructure } from './deploy-infrastructure.ts';
import { InfrastructureError } from './errors.ts';
import { assertStateIsKept, localStateOf } from './kept-state.ts';
import { synthesize } from './synthesize.ts';
import { App } from './terraform.ts';
import { minimalOptions } from './testing/make.ts';

let root: string;
let project: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tozo-kept-state-'));
  project = join(root, 'apps/shop');
  await write('nx.json', {});
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

async function write(file: string, content: object): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), JSON.stringify(content));
}

/** Returns why a state is rejected; undefined if it's kept. */
function problemOf(state: string): string | undefined {
  try {
    assertStateIsKept(join(root, state), project);
    return undefined;
  } catch (error) {
    if (!(error instanceof InfrastructureError) || error.code !== 'FILE_INVALID') throw error;
    return error.message;
  }
}

const usual = 'apps/shop/out/infrastructure/terraform.tfstate';

describe('a local state', () => {
  test('below dist is rejected, in one sentence', () => {
    expect(problemOf('apps/shop/dist/infrastructure/terraform.tfstate')).toBe(
      'The local state would be apps/shop/dist/infrastructure/terraform.tfstate, below dist, which builds remove: synthesize elsewhere, such as to out/infrastructure/cdk.tf.json, or use GitLab-managed state.',
    );
    expect(problemOf('dist/apps/shop/terraform.tfstate')).toContain('below dist');
    expect(problemOf(usual)).toBeUndefined();
    expect(problemOf('apps/shop/distribution/terraform.tfstate')).toBeUndefined();
    expect(problemOf('apps/shop/dist')).toBeUndefined();
  });

  test.each<[string, string, object]>([
    ['project.json', 'apps/shop/project.json', { targets: { build: { outputs: ['{projectRoot}/out'] } } }],
    ['package.json', 'apps/shop/package.json', { nx: { targets: { build: { outputs: ['{projectRoot}/out/**/*'] } } } }],
    [
      'nx.json',
      'nx.json',
      { targetDefaults: { build: { outputs: ['{workspaceRoot}/{projectRoot}/out/infrastructure'] } } },
    ],
    [
      'an option',
      'apps/shop/project.json',
      { targets: { build: { outputs: ['{options.outputPath}'], options: { outputPath: 'apps/shop/out/' } } } },
    ],
  ])('in an output that %s declares is rejected', async (_, file, content) => {
    await write(file, content);
    expect(problemOf(usual)).toMatch(/, in apps\/shop\/out\S*, an output of the target build that Nx removes: /);
  });

  test('next to outputs is kept, whatever they look like', async () => {
    const outputs = [
      '{projectRoot}/out/infrastructure/cdk.tf.json',
      '{projectRoot}/outside',
      '{projectRoot}/out/**/*.js',
      '!{projectRoot}/out',
      '{options.unknown}',
      '{projectRoot}',
      7,
    ];
    await write('apps/shop/project.json', { targets: { build: { outputs }, test: { outputs: 'out' }, lint: {} } });
    expect(problemOf(usual)).toMatch(/, in apps\/shop, an output/);
    await write('apps/shop/project.json', {
      targets: { build: { outputs: outputs.filter((one) => one !== '{projectRoot}') } },
    });
    expect(problemOf(usual)).toBeUndefined();
    expect(problemOf('../elsewhere/dist/terraform.tfstate')).toBeUndefined();
  });

  test('is where its backend says', () => {
    expect(localStateOf('/a/out/cdk.tf.json', { local: { path: '../dist/it.tfstate' } })).toBe('/a/dist/it.tfstate');
    expect(localStateOf('/a/out/cdk.tf.json', { local: {} })).toBe('/a/out/terraform.tfstate');
    for (const other of [undefined, { http: {} }]) expect(localStateOf('/a/out/cdk.tf.json', other)).toBeUndefined();
  });

  test('where builds remove it is rejected before the file is written, and a state in GitLab may have its file anywhere', async () => {
    await mkdir(project, { recursive: true });
    vi.spyOn(process, 'cwd').mockReturnValue(project);
    const stack = (backend: 'local' | 'gitlab'): DeployInfrastructure =>
      new DeployInfrastructure(new App({ outdir: join(root, 'cdktf.out') }), 'shop', { ...minimalOptions, backend });
    const file = join(project, 'dist/cdk.tf.json');
    await expect(synthesize(stack('local'), file)).rejects.toMatchObject({ code: 'FILE_INVALID' });
    expect(await readdir(project)).toEqual([]);
    expect(await synthesize(stack('gitlab'), file)).toBe(file);
  });
});
