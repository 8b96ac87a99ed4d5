import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeployInfrastructure } from './deploy-infrastructure.ts';
import { HerokuApp } from './constructs/heroku-app.ts';
import { renderTerraform, synthesize } from './synthesize.ts';
import { App, TerraformStack } from './terraform.ts';
import { minimalOptions, textOf } from './testing/make.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tozo-synth-'));
});
afterEach(() => rm(directory, { recursive: true }));

const shop = (): DeployInfrastructure => new DeployInfrastructure(new App(), 'shop', minimalOptions);

describe('synthesize', () => {
  it('rejects a file that Terraform ignores', async () => {
    await expect(synthesize(shop(), join(directory, 'cdk.json'))).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: `Terraform ignores ${join(directory, 'cdk.json')}: use a name that ends in .tf.json.`,
    });
    expect(await readdir(directory)).toEqual([]);
  });

  it('reports a file that it can’t write', async () => {
    await writeFile(join(directory, 'file'), '');
    const file = join(directory, 'file', 'cdk.tf.json');
    await expect(synthesize(shop(), file)).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: expect.stringContaining(`Can't write ${file}: `),
    });
  });

  it('rejects a stack with a resource that has no provider', () => {
    const stack = new TerraformStack(new App(), 'shop');
    expect(new HerokuApp(stack, 'app', { name: 'shop-live', region: 'us' }).appName).toContain('TfToken');
    expect(() => renderTerraform(stack)).toThrow(expect.objectContaining({ code: 'SYNTH_FAILED' }));
  });

  it('creates the directory, replaces the file atomically and keeps the state next to it', async () => {
    const file = join(directory, 'out', 'infrastructure', 'cdk.tf.json');
    expect(await synthesize(shop(), file)).toBe(file);
    await writeFile(join(directory, 'out', 'infrastructure', 'terraform.tfstate'), 'state');
    await chmod(file, 0o444);
    expect(await synthesize(shop(), pathToFileURL(file))).toBe(file);
    expect(await readFile(file, 'utf8')).toBe(textOf(minimalOptions));
    expect(await readdir(join(directory, 'out', 'infrastructure'))).toEqual(['cdk.tf.json', 'terraform.tfstate']);
  });
});
