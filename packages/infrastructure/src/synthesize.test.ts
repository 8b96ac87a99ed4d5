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

  it('rejects a credential in plain text, and names its place', () => {
    const stackOf = (change: (stack: TerraformStack) => void): (() => string) => {
      const stack = new DeployInfrastructure(new App(), 'shop', {
        ...minimalOptions,
        gitlab: { name: 'shop', baseUrl: 'https://gitlab.example.com/api/v4/' },
      });
      change(stack);
      return () => renderTerraform(stack);
    };
    const rejected: readonly [string, string][] = [
      ['provider.gitlab.0.base_url', 'https://u:5ecret@gitlab.example.com/api/v4/'],
      ['provider.gitlab.0.token', 'glpat-5ecret'],
      ['terraform.backend.http.password', '5ecret'],
      ['resource.heroku_app.shop.config_vars.DB', 'postgres://u:5ecret@db.example.com/shop'],
    ];
    for (const [path, value] of rejected) {
      const render = stackOf((stack) => stack.addOverride(path, value));
      expect(render).toThrow(expect.objectContaining({ code: 'SYNTH_FAILED' }));
      expect(render).toThrow(`in plain text: ${path}. Terraform reads TF_VAR_NAME`);
      expect(render).not.toThrow(/5ecret/);
    }
    for (const value of ['postgres://u:${var.password}@db/shop', 'ssh://git@example.com', 'https://example.com/a@b'])
      expect(stackOf((stack) => stack.addOverride('resource.heroku_app.shop.config_vars.DB', value))).not.toThrow();
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
