import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSandbox } from '../server/server.ts';
import { GitlabApi } from '../testing/gitlab-api.ts';
import { HerokuApi } from '../testing/heroku-api.ts';

test('rejects changes it can’t save, with 503 and the reason', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tozo-sandbox-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  await using sandbox = await startSandbox({ dir, apps: ['shop'] });
  const heroku = new HerokuApi(sandbox);
  const gitlab = new GitlabApi(sandbox);
  await heroku.request('PATCH', '/apps/shop/config-vars', { body: { A: 'before' } });
  const releases = await heroku.releases('shop');
  // Root can write anywhere except into a file.
  const restore = ['heroku', 'gitlab'].map((part) => replaceByFile(join(dir, part)));

  for (const [method, path, body] of [
    ['PATCH', '/apps/shop/config-vars', { A: 'after' }],
    ['PATCH', '/apps/shop', { maintenance: true }],
    ['POST', '/apps', { name: 'another', stack: 'container' }],
  ] as const) {
    const { status, body: response } = await heroku.request(method, path, { body });
    expect([status, response['id']], `${method} ${path}`).toEqual([503, 'service_unavailable']);
    expect(response['message']).toContain(`${dir}/heroku`);
    expect(response['message']).toContain('STATE_UNWRITABLE');
  }
  const variable = { key: 'A', value: 'after' };
  expect(await gitlab.request('POST', '/projects/1/variables', { body: variable })).toMatchObject({ status: 503 });

  for (const undo of restore) undo();
  expect((await heroku.get('/apps/shop/config-vars')).body).toEqual({ A: 'before' });
  expect(await heroku.releases('shop')).toEqual(releases);
  expect((await heroku.get('/apps/shop')).body).toMatchObject({ maintenance: false });
  expect(sandbox.apps()).toHaveLength(1);
  expect((await gitlab.request<unknown[]>('GET', '/projects/1/variables')).body).toEqual([]);
  expect((await heroku.request('PATCH', '/apps/shop/config-vars', { body: { A: 'after' } })).status).toBe(200);
  expect(readdirSync(join(dir, 'heroku'))).toHaveLength(1);
});

/** Replaces a directory with a file. Returns a function that restores it. */
function replaceByFile(directory: string): () => void {
  renameSync(directory, `${directory}.aside`);
  writeFileSync(directory, '');
  return () => {
    rmSync(directory);
    renameSync(`${directory}.aside`, directory);
  };
}
