import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeployInfrastructure } from './deploy-infrastructure.ts';
import { HerokuApp } from './heroku-app.ts';
import { renderTerraform, synthesize } from './synthesize.ts';
import { App, TerraformStack } from './terraform.ts';
import { least, textOf } from './testing/make.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tozo-synth-'));
});
afterEach(() => rm(folder, { recursive: true }));

const shop = (): DeployInfrastructure => new DeployInfrastructure(new App(), 'shop', least);

describe('synthesize', () => {
  it('refuses a file that Terraform would not read', async () => {
    await expect(synthesize(shop(), join(folder, 'cdk.json'))).rejects.toMatchObject({
      code: 'FILE_INVALID',
      message: `Terraform does not read ${join(folder, 'cdk.json')}: name a file that ends in .tf.json.`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says which file it could not write', async () => {
    await writeFile(join(folder, 'file'), '');
    const file = join(folder, 'file', 'cdk.tf.json');
    await expect(synthesize(shop(), file)).rejects.toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: expect.stringContaining(`${file} cannot be written: `),
    });
  });

  it('refuses a stack with a resource that has no provider', () => {
    const stack = new TerraformStack(new App(), 'shop');
    expect(new HerokuApp(stack, 'app', { name: 'shop-live', region: 'us' }).appName).toContain('TfToken');
    expect(() => renderTerraform(stack)).toThrow(expect.objectContaining({ code: 'SYNTH_FAILED' }));
  });

  it('makes the folder, replaces the file in one go and leaves the state beside it alone', async () => {
    const file = join(folder, 'out', 'infrastructure', 'cdk.tf.json');
    expect(await synthesize(shop(), file)).toBe(file);
    await writeFile(join(folder, 'out', 'infrastructure', 'terraform.tfstate'), 'state');
    await chmod(file, 0o444);
    expect(await synthesize(shop(), pathToFileURL(file))).toBe(file);
    expect(await readFile(file, 'utf8')).toBe(textOf(least));
    expect(await readdir(join(folder, 'out', 'infrastructure'))).toEqual(['cdk.tf.json', 'terraform.tfstate']);
  });
});
