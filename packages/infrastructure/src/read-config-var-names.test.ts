/* oxlint-disable no-new -- a construct adds itself to its scope */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TerraformStack } from 'cdktf';
import { afterAll, expect, it } from 'vitest';
import { App, HerokuAppConfigAssociation, readConfigVarNames } from './index.ts';

const directory = mkdtempSync(join(tmpdir(), 'tozo-config-vars-'));
afterAll(() => rmSync(directory, { recursive: true }));

const file = join(directory, 'deploy.json');
const write = (content: unknown): void =>
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));

const complete = {
  processes: { web: {} },
  configVars: { LOG_LEVEL: 'info', KEY: { fromEnv: 'KEY' } },
  environments: {
    staging: { app: 'shop-staging', configVars: { DEBUG: '1' } },
    live: { app: 'shop-live', configVars: { LOG_LEVEL: 'warn', CACHE: '1' } },
  },
};

it('returns the names that all environments own, or one', () => {
  write(complete);
  expect(readConfigVarNames(file)).toEqual(['CACHE', 'DEBUG', 'KEY', 'LOG_LEVEL']);
  expect(readConfigVarNames(pathToFileURL(file), 'live')).toEqual(['CACHE', 'KEY', 'LOG_LEVEL']);
  write('\uFEFF{"processes": {"web": {}}}');
  expect(readConfigVarNames(file)).toEqual([]);
});

it('makes a config var of deploy.json and Terraform an error at synth', () => {
  write(complete);
  const associate = (ownedByDeploy: string[]) => (): void =>
    void new HerokuAppConfigAssociation(new TerraformStack(new App(), 'shop'), 'shop', {
      appId: '${heroku_app.shop.id}',
      sensitiveVars: { KEY: '${var.key}' },
      ownedByDeploy,
    });
  expect(associate(readConfigVarNames(file))).toThrow('declares KEY, and so does deploy.json');
  expect(associate(readConfigVarNames(file).filter((name) => name !== 'KEY'))).not.toThrow();
});

it.each([
  ['a file that is missing', undefined, undefined, /^Can't read the config vars of .*deploy\.json: ENOENT/],
  ['no JSON', '{', undefined, /deploy\.json: .*JSON/],
  ['no deploy.json', { configVars: ['A'] }, undefined, /deploy\.json: configVars: /],
  ['another environment', complete, 'production', /no environment "production"\. Its environments: staging, live\.$/],
])('rejects %s', (_, content, environment, message) => {
  if (content === undefined) rmSync(file, { force: true });
  else write(content);
  const read = (): string[] => readConfigVarNames(file, environment);
  expect(read).toThrow(expect.objectContaining({ code: 'FILE_INVALID', message: expect.stringMatching(message) }));
});
