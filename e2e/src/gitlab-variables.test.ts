import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gitlab } from '@gitbeaker/rest';
import {
  checkVariables,
  createProjectVariables,
  formatDeclaration,
  knownValues,
  parseVariablesFile,
  type ProjectVariablesOptions,
  SecretValue,
  type StoredVariable,
  syncVariables,
  variable,
} from '@tozo/gitlab-variables';
import { startSandbox } from '@tozo/sandbox';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const projectId = 1;
const value = 'x'.repeat(10);

interface Access {
  readonly urls: { readonly gitlab: string };
  readonly gitlabToken: string;
}

const open = ({ urls, gitlabToken }: Access, options: Partial<ProjectVariablesOptions> = {}) =>
  createProjectVariables({ host: urls.gitlab, token: gitlabToken, projectId, ...options });

/** Starts a GitLab whose project has so many variables, stored before it starts. */
async function sandboxWith(count: number) {
  const dir = await mkdtemp(join(tmpdir(), 'tozo-variables-'));
  const first = await startSandbox({ services: ['gitlab'], dir });
  await open(first).create(variable({ key: 'V', value }));
  await first.close();
  const file = join(dir, 'gitlab', `${projectId}.json`);
  const project = JSON.parse(await readFile(file, 'utf8')) as { variables: object[] };
  project.variables = Array.from({ length: count }, (_, index) => ({ ...project.variables[0], key: `V${index}` }));
  await writeFile(file, JSON.stringify(project));
  const sandbox = await startSandbox({ services: ['gitlab'], dir });
  return Object.assign(sandbox, {
    [Symbol.asyncDispose]: async () => {
      await sandbox.close();
      await rm(dir, { recursive: true });
    },
  });
}

const orLeftOut = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const anyVariable = fc
  .record({
    key: fc.constantFrom('A', 'B', 'C'),
    environmentScope: fc.constantFrom('*', 'production/*', 'production'),
    value: fc.constantFrom('', 'tozo', 'long.enough', 'with $dollar', 'two\nlines', 'raw$only!'),
    type: orLeftOut(fc.constantFrom('env_var' as const, 'file' as const)),
    protected: orLeftOut(fc.boolean()),
    masked: orLeftOut(fc.boolean()),
    raw: orLeftOut(fc.boolean()),
    hidden: orLeftOut(fc.boolean()),
    description: orLeftOut(fc.constantFrom('', 'a note', 'ä'.repeat(200))),
  })
  .map((given) => variable(given as Parameters<typeof variable>[0]));
const anyVariables = fc.uniqueArray(anyVariable, {
  selector: ({ key, environmentScope }) => `${key} ${environmentScope}`,
  maxLength: 6,
});
const named = (all: readonly StoredVariable[]) =>
  new Map(all.map((one) => [`${one.key} ${one.environmentScope}`, { ...one, value: one.value?.reveal() }]));

test("turns any set of variables into any other: a second sync does nothing, and others' stay untouched", async () => {
  await using sandbox = await startSandbox({ services: ['gitlab'] });
  const project = open(sandbox);
  const refused = (code: string) => (error: unknown) => {
    if ((error as { code?: string }).code !== code) throw error;
  };
  await fc.assert(
    fc.asyncProperty(
      anyVariables,
      anyVariables,
      fc.constantFrom('shop', 'api', undefined),
      async (had, desired, owner) => {
        for (const one of await project.list()) await project.remove(one);
        for (const one of had) await project.create(one, { owner }).catch(refused('VARIABLE_INVALID'));
        const before = named(await project.list());
        const report = await syncVariables(project, desired, { owner: 'shop' }).catch(refused('VARIABLE_INVALID'));
        const current = await project.list();
        const after = named(current);
        if (!report) {
          expect(after).toEqual(before);
          return;
        }
        expect(report.steps.filter(({ status }) => status !== 'done' && status !== 'refused')).toEqual([]);
        for (const [name, one] of before) {
          const isDeclared = desired.some(({ key, environmentScope }) => `${key} ${environmentScope}` === name);
          if (!isDeclared || one.owner === 'api') expect(after.get(name)).toEqual(one);
          const has = after.get(name)!;
          expect([has.protected || !one.protected, has.masked || !one.masked, has.hidden || !one.hidden]).toEqual([
            true,
            true,
            true,
          ]);
        }
        const again = await syncVariables(project, desired, { owner: 'shop' });
        expect(again.steps.filter(({ status }) => status !== 'refused')).toEqual([]);
        const { findings } = checkVariables(desired, current, { owner: 'shop' });
        const different = findings.filter(({ kind }) => kind !== 'wide scope' && kind !== 'bare scope');
        expect(different.length === 0).toBe(again.steps.length === 0);
        const pulled = parseVariablesFile(formatDeclaration(current), 'pulled.json').variables;
        const drift = checkVariables(await knownValues(pulled, { env: {}, directory: '/' }), current, {
          owner: 'shop',
        }).findings;
        expect(drift.filter(({ kind }) => kind !== 'other owner')).toEqual([]);
      },
    ),
    { numRuns: 40, seed: 13 },
  );
});

test('1,000 variables and nothing to do cost at most 11 requests (fault 87, gitlab)', async () => {
  await using sandbox = await sandboxWith(1_000);
  const desired = Array.from({ length: 1_000 }, (_, index) => variable({ key: `V${index}`, value }));
  const report = await syncVariables(open(sandbox), desired);
  expect([report.complete, report.unchanged.length, report.steps.length]).toEqual([true, 1_000, 0]);
  expect(sandbox.journal.count()).toBeLessThanOrEqual(11);
});

test('reads 8,000 variables, and stops at the limit (fault 87, gitlab)', async () => {
  await using sandbox = await sandboxWith(8_000);
  const project = open(sandbox);
  const all = await project.list();
  expect([all.length, all.at(-1)?.key]).toEqual([8_000, 'V7999']);
  const report = await syncVariables(project, [
    variable({ key: 'ONE_TOO_MANY', value: 'x' }),
    variable({ key: 'ANOTHER', value: 'x' }),
  ]);
  expect(report.steps.map(({ status, code }) => [status, code])).toEqual([
    ['failed', 'LIMIT_REACHED'],
    ['not done', undefined],
  ]);
});

test('keeps values of 10,000 characters, of several lines and with "$" exactly', async () => {
  await using sandbox = await startSandbox({ services: ['gitlab'] });
  const project = open(sandbox);
  const values = ['ä😀'.repeat(5_000), 'one\r\ntwo\n\n', '$HOME ${x} $$', ' blank ', '"quoted" \\ %41'];
  const desired = values.map((value, index) => variable({ key: `V${index}`, value, type: 'file' }));
  await syncVariables(project, desired);
  expect((await project.list()).map(({ value }) => value?.reveal())).toEqual(values);
});

test('what another client changes, deletes or creates in between is reported and kept (fault 88, gitlab)', async () => {
  await using sandbox = await startSandbox({ services: ['gitlab'] });
  const project = open(sandbox);
  const keys = ['CHANGED', 'DELETED', 'OURS'];
  for (const key of keys) await project.create(variable({ key, value: 'old' }));
  const others = new Gitlab({ host: sandbox.urls.gitlab, token: sandbox.gitlabToken }).ProjectVariables;
  let isChanged = false;
  const meddling = {
    ...project,
    list: async () => {
      const listed = await project.list();
      if (!isChanged) {
        await others.edit(projectId, 'CHANGED', 'theirs', { protected: true } as never);
        await others.remove(projectId, 'DELETED');
        await others.create(projectId, 'NEW', 'theirs');
      }
      isChanged = true;
      return listed;
    },
  };
  const desired = [...keys, 'NEW'].map((key) => variable({ key, value: 'ours' }));
  const report = await syncVariables(meddling, desired);
  expect(report.steps.map(({ key, status, code }) => [key, status, code])).toEqual([
    ['CHANGED', 'failed', 'CONFLICT'],
    ['DELETED', 'failed', 'CONFLICT'],
    ['OURS', 'done', undefined],
    ['NEW', 'failed', 'CONFLICT'],
  ]);
  expect((await project.list()).map(({ key, value }) => [key, value?.reveal()])).toEqual([
    ['CHANGED', 'theirs'],
    ['OURS', 'ours'],
    ['NEW', 'theirs'],
  ]);
});

test('waits for GitLab when it limits requests half-way, and writes the rest', async () => {
  await using sandbox = await startSandbox({ services: ['gitlab'] });
  sandbox.faults.add({
    on: { service: 'gitlab', method: 'POST', nth: 3, times: 2 },
    effect: { kind: 'answer', status: 429, headers: { 'retry-after': '0' }, body: 'Retry later\n' },
  });
  const desired = Array.from({ length: 5 }, (_, index) => variable({ key: `V${index}`, value: 'x' }));
  expect((await syncVariables(open(sandbox), desired)).complete).toBe(true);
  expect(await open(sandbox).list()).toHaveLength(5);
});

test('names the role, the scope or the permission that a token lacks, and shows no token', async () => {
  const tokens = [
    { token: 'glpat-developer-1', role: 'developer' as const },
    { token: 'glpat-reader-22', scopes: ['read_api' as const] },
    { token: 'glpat-fine-3333', permissions: ['Variable: Read'] },
    { token: 'glpat-none-44444', permissions: [] },
  ];
  await using sandbox = await startSandbox({ services: ['gitlab'], gitlab: { tokens } });
  const secret = new SecretValue('sentinel.value');
  const messageFor = async (token: string) => {
    const project = open(sandbox, { token });
    const report = await syncVariables(project, [variable({ key: 'A', value: secret, masked: true })]).catch(
      (error: Error) => ({ steps: [{ message: error.message }] }),
    );
    const [step] = report.steps;
    expect(JSON.stringify(report)).not.toMatch(/glpat-|sentinel/);
    return step?.message;
  };
  expect(await messageFor('glpat-developer-1')).toMatch(/GET .*FORBIDDEN: 403 Forbidden.*needs the role Maintainer/);
  expect(await messageFor('glpat-reader-22')).toMatch(/POST .*insufficient_scope.*Use a token with the scope api/);
  expect(await messageFor('glpat-fine-3333')).toMatch(/POST .*Add the permission "Variable: Create" for this project/);
  expect(await messageFor('glpat-none-44444')).toMatch(/GET .*Add the permission "Variable: Read" for this project/);
  expect(await messageFor('glpat-revoked-5')).toMatch(/401 Unauthorized.*wrong, expired or revoked/);
});

test('trusts no certificate that nobody vouches for, and names the remedy', async () => {
  await using sandbox = await startSandbox({ services: ['gitlab'], tls: true });
  const host = `https://127.0.0.1:${sandbox.tls.port}`;
  await expect(open(sandbox, { host }).list()).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: expect.stringMatching(/certificate.*set NODE_EXTRA_CA_CERTS to its certificate/i),
  });
  expect(sandbox.journal.count()).toBe(0);
});
