import { randomBytes } from 'node:crypto';
import {
  checkVariables,
  createProjectVariables,
  type ProjectVariables,
  type StoredVariable,
  syncVariables,
  variable,
} from '@tozo/gitlab-variables';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** A project that the contract is run against. */
export interface GitlabConnection extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly projectId: string | number;
}

/**
 * What gitlab-variables relies on, as GitLab documents it. The suite creates variables whose keys start with a unique prefix, and
 * removes only those.
 */
export function gitlabContract(service: string, open: () => Promise<GitlabConnection>): void {
  describe(`gitlab-variables and ${service}`, { timeout: 120_000 }, () => {
    const prefix = `TOZO_CONTRACT_${randomBytes(4).toString('hex').toUpperCase()}_`;
    const key = (name: string): string => `${prefix}${name}`;
    let connection: GitlabConnection;
    let project: ProjectVariables;

    const ours = async (): Promise<StoredVariable[]> =>
      (await project.list()).filter((one) => one.key.startsWith(prefix));

    beforeAll(async () => {
      connection = await open();
      project = projectOf(connection);
    });

    afterAll(async () => {
      for (const one of await ours()) await project.remove(one);
      await connection[Symbol.asyncDispose]();
    }, 120_000);

    it('rejects a wrong token and reports a missing project', async () => {
      await expect(projectOf({ ...connection, token: 'glpat-00000000000000000000' }).list()).rejects.toMatchObject({
        code: 'UNAUTHORIZED',
      });
      await expect(projectOf({ ...connection, projectId: 'tozo-contract/missing' }).list()).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });

    it('rejects an update or removal of a missing variable', async () => {
      const absent = variable({ key: key('ABSENT'), value: 'x' });
      await expect(project.update(absent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(project.remove(absent)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await project.get(absent)).toBeUndefined();
    });

    it('rejects a key that is already in use in its scope (fault 88, gitlab)', async () => {
      const one = variable({ key: key('TWICE'), value: 'x' });
      await project.create(one);
      await expect(project.create(one)).rejects.toMatchObject({ code: 'CONFLICT' });
    });

    it('returns every declared field', async () => {
      const whole = variable({
        key: key('WHOLE'),
        value: 'eight$88',
        type: 'file',
        protected: true,
        masked: true,
        raw: true,
        hidden: false,
        environmentScope: 'review/*',
        description: 'for previews',
      });
      const created = await project.create(whole);
      expect({ ...created, value: created.value?.reveal() }).toEqual({ ...whole, value: 'eight$88' });
      expect(await project.get(whole)).toEqual(created);
    });

    it('distinguishes variables with the same key by their scope (fault 86, gitlab)', async () => {
      const scoped = (environmentScope: string, value: string) =>
        variable({ key: key('SCOPED'), value, environmentScope });
      for (const scope of ['*', 'production', 'review/*']) await project.create(scoped(scope, 'old'));
      await project.update(scoped('review/*', 'new'));
      await project.remove(scoped('*', 'old'));
      const left = (await ours()).filter((one) => one.key === key('SCOPED'));
      expect(new Map(left.map(({ environmentScope, value }) => [environmentScope, value?.reveal()]))).toEqual(
        new Map([
          ['production', 'old'],
          ['review/*', 'new'],
        ]),
      );
    });

    it('keeps settings and values that an update leaves out (fault 131, gitlab)', async () => {
      const whole = { key: key('LEFT_OUT'), protected: true, masked: true, raw: true, description: 'for previews' };
      const created = await project.create(variable({ ...whole, value: 'eight888' }));
      expect(await project.update(variable({ key: whole.key, value: 'eight999' }))).toMatchObject({
        ...whole,
        masked: created.masked,
      });
      const kept = await project.update(variable({ key: whole.key, value: 'ignored8', description: 'new' }), {
        keepValue: true,
      });
      expect([kept.value?.reveal(), kept.description, kept.protected]).toEqual(['eight999', 'new', true]);
    });

    it('never returns a hidden value, and keeps it through an update', async () => {
      const hidden = variable({ key: key('HIDDEN'), value: 'eight888', hidden: true });
      expect(await project.create(hidden)).toMatchObject({ hidden: true, masked: true, value: null });
      expect(await project.update({ ...hidden, protected: true })).toMatchObject({
        hidden: true,
        protected: true,
        value: null,
      });
    });

    it('reads all pages (fault 87, gitlab)', async () => {
      const keys = Array.from({ length: 120 }, (_, index) => key(`PAGE_${index}`));
      const report = await syncVariables(
        project,
        keys.map((name) => variable({ key: name, value: 'x' })),
      );
      expect(report.complete).toBe(true);
      const found = new Set((await ours()).map((one) => one.key));
      expect(keys.filter((name) => !found.has(name))).toEqual([]);
    });

    it('a sync applies the declaration once', async () => {
      const desired = [
        variable({ key: key('SYNC_A'), value: 'eight888', masked: true, protected: true }),
        variable({ key: key('SYNC_B'), value: 'two', environmentScope: 'production' }),
      ];
      expect((await syncVariables(project, desired)).steps.map(({ kind }) => kind)).toEqual(['create', 'create']);
      expect((await syncVariables(project, desired)).steps).toEqual([]);
      const changed = [desired[0]!, { ...desired[1]!, description: 'a note' }];
      expect((await syncVariables(project, changed)).steps).toMatchObject([
        { kind: 'update', changed: ['description'] },
      ]);
      const hidden = variable({ key: key('SYNC_A'), value: 'eight888', hidden: true });
      expect((await syncVariables(project, [hidden])).steps).toMatchObject([{ kind: 'recreate', status: 'done' }]);
      expect(
        checkVariables(
          [
            { key: key('SYNC_A'), environmentScope: '*', masked: true, protected: true, raw: true },
            { key: key('SYNC_B'), environmentScope: 'production/*' },
          ],
          await project.list(),
        ).findings.map(({ kind }) => kind),
      ).toEqual(['different', 'missing', 'bare scope']);
    });
  });
}

function projectOf({ url, token, projectId }: Omit<GitlabConnection, typeof Symbol.asyncDispose>): ProjectVariables {
  return createProjectVariables({ host: url, token, projectId });
}
