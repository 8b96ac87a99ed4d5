import { describe, expect, it } from 'vitest';
import { syncVariables } from './sync.ts';
import { failureOf } from '../testing/failure.ts';
import { fakeGitlab, projectOf } from '../testing/fake-gitlab.ts';
import { nameOf, variable } from '../variable/variable.ts';

const many = (count: number, value: string) =>
  Array.from({ length: count }, (_, index) => variable({ key: `K${index}`, value }));

describe('syncVariables', () => {
  it('writes nothing when one of the variables breaks a rule (fault 85, gitlab)', async () => {
    await using gitlab = await fakeGitlab();
    const desired = [
      variable({ key: 'FINE', value: 'x' }),
      variable({ key: 'SECRET', value: 'seven77', masked: true }),
    ];
    const error = await failureOf(syncVariables(projectOf(gitlab), desired));
    expect(error.code).toBe('VARIABLE_INVALID');
    expect(gitlab.seen).toEqual([]);
  });

  it("writes nothing when it can't read the project", async () => {
    await using gitlab = await fakeGitlab();
    const error = await failureOf(syncVariables(projectOf(gitlab, { token: 'wrong' }), many(1, 'x')));
    expect(error.code).toBe('UNAUTHORIZED');
  });

  it('reports what was done after a failure, and another run does the rest (fault 87, gitlab)', async () => {
    await using gitlab = await fakeGitlab(
      ...Array.from({ length: 1_000 }, (_, index) => ({ key: `K${index}`, value: 'old' })),
    );
    let writes = 0;
    gitlab.intervene = ({ method }) => {
      if (method === 'GET') return undefined;
      writes += 1;
      return writes > 40 ? { status: 401, text: '{"message":"401 Unauthorized"}' } : undefined;
    };
    const desired = [...many(100, 'new'), ...many(1_000, 'old').slice(100)];
    const report = await syncVariables(projectOf(gitlab), desired);
    const statuses = report.steps.map(({ status }) => status);
    expect(report.complete).toBe(false);
    expect(statuses.filter((status) => status === 'done')).toHaveLength(40);
    expect(statuses.filter((status) => status === 'failed')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'not done')).toHaveLength(59);
    expect(report.steps[40]).toMatchObject({ key: 'K40', status: 'failed', code: 'UNAUTHORIZED' });
    expect(writes).toBe(41);

    gitlab.intervene = () => undefined;
    const again = await syncVariables(projectOf(gitlab), desired);
    expect(again.steps).toHaveLength(60);
    expect(again.complete).toBe(true);
    expect((await syncVariables(projectOf(gitlab), desired)).steps).toEqual([]);
    expect(gitlab.rows.filter(({ value }) => value === 'new')).toHaveLength(100);
  });

  it('reports and skips what someone else changed in the meantime, then continues (fault 88, gitlab)', async () => {
    await using gitlab = await fakeGitlab(
      { key: 'K0', value: 'old' },
      { key: 'K1', value: 'old' },
      { key: 'K2', value: 'old' },
    );
    gitlab.intervene = (_request, count) => {
      if (count !== 1) return undefined;
      gitlab.rows[0]!.value = 'theirs';
      gitlab.rows.splice(1, 1);
      return undefined;
    };
    const report = await syncVariables(projectOf(gitlab), [...many(3, 'new'), variable({ key: 'NEW', value: 'x' })]);
    expect(report.complete).toBe(false);
    expect(report.steps.map(({ key, status, code }) => [key, status, code])).toEqual([
      ['K0', 'failed', 'CONFLICT'],
      ['K1', 'failed', 'CONFLICT'],
      ['K2', 'done', undefined],
      ['NEW', 'done', undefined],
    ]);
    expect(gitlab.rows.map(({ value }) => value)).toEqual(['theirs', 'new', 'x']);
  });

  it('reports a variable that someone else created in the meantime (fault 88, gitlab)', async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = (_request, count) => {
      if (count === 1) gitlab.rows.push({ key: 'K0', value: 'theirs', environment_scope: '*' });
      return undefined;
    };
    const report = await syncVariables(projectOf(gitlab), many(1, 'new'));
    expect(report.steps).toMatchObject([{ kind: 'create', status: 'failed', code: 'CONFLICT' }]);
    expect(gitlab.rows).toMatchObject([{ value: 'theirs' }]);
  });

  it('overwrites it without the recheck, with fewer requests', async () => {
    await using gitlab = await fakeGitlab({ key: 'K0', value: 'old' });
    const report = await syncVariables(projectOf(gitlab), many(1, 'new'), { recheck: false });
    expect(report.complete).toBe(true);
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['GET', 'PUT']);
  });

  it("reports a variable that was removed but couldn't be created again", async () => {
    await using gitlab = await fakeGitlab({ key: 'A', value: 'eight888', masked: true });
    gitlab.intervene = ({ method }) =>
      method === 'POST' ? { status: 403, text: '{"message":"403 Forbidden"}' } : undefined;
    const report = await syncVariables(projectOf(gitlab), [variable({ key: 'A', value: 'eight888', hidden: true })]);
    expect(report.steps).toMatchObject([{ kind: 'recreate', status: 'failed', code: 'FORBIDDEN' }]);
    expect(report.steps[0]?.message).toContain(
      "A was removed but couldn't be created again, so it isn't set now. Run sync again.",
    );
  });

  it('stops when aborted, and reports what is left', async () => {
    await using gitlab = await fakeGitlab();
    const controller = new AbortController();
    const report = await syncVariables(projectOf(gitlab), many(3, 'x'), {
      signal: controller.signal,
      onStep: () => controller.abort(),
    });
    expect(report.steps.map(({ status, code }) => [status, code])).toEqual([
      ['done', undefined],
      ['failed', 'ABORTED'],
      ['not done', undefined],
    ]);
  });

  it('only reads in a dry run', async () => {
    await using gitlab = await fakeGitlab({ key: 'OLD' });
    const report = await syncVariables(projectOf(gitlab), many(2, 'x'), { dryRun: true, prune: true });
    expect(report.steps.map((step) => `${step.kind} ${nameOf(step)} ${step.status}`)).toEqual([
      'create K0 planned',
      'create K1 planned',
      'remove OLD planned',
    ]);
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it('creates, updates, recreates and removes, and keeps the rest', async () => {
    await using gitlab = await fakeGitlab(
      { key: 'SAME', value: 'x' },
      { key: 'CHANGED', value: 'old', environment_scope: 'production' },
      { key: 'CHANGED', value: 'old' },
      { key: 'HIDDEN', value: 'eight888', masked: true, hidden: true },
      { key: 'TO_HIDE', value: 'eight888' },
      { key: 'EXTRA' },
    );
    const desired = [
      variable({ key: 'SAME', value: 'x' }),
      variable({ key: 'CHANGED', value: 'new', environmentScope: 'production' }),
      variable({ key: 'HIDDEN', value: 'eight888', hidden: true }),
      variable({ key: 'TO_HIDE', value: 'eight888', hidden: true }),
      variable({ key: 'NEW', value: 'x', protected: true }),
    ];
    const steps: string[] = [];
    const report = await syncVariables(projectOf(gitlab), desired, {
      onStep: (step) => steps.push(`${step.kind} ${nameOf(step)} ${step.changed.join('+')} ${step.status}`),
    });
    expect(steps).toEqual([
      'update CHANGED (production) value done',
      'recreate TO_HIDE masked+hidden done',
      'create NEW  done',
    ]);
    expect(report).toMatchObject({ complete: true, valueUnknown: [{ key: 'HIDDEN' }] });
    expect(report.unchanged.map(nameOf)).toEqual(['SAME', 'HIDDEN']);
    expect(report.undeclared.map(nameOf)).toEqual(['CHANGED', 'EXTRA']);

    const pruned = await syncVariables(projectOf(gitlab), desired, { prune: true });
    expect(pruned.steps.map((step) => `${step.kind} ${nameOf(step)}`)).toEqual(['remove CHANGED', 'remove EXTRA']);
    expect(gitlab.rows.map(({ key, value, hidden }) => [key, value, hidden])).toEqual([
      ['SAME', 'x', false],
      ['CHANGED', 'new', false],
      ['HIDDEN', 'eight888', true],
      ['TO_HIDE', 'eight888', true],
      ['NEW', 'x', false],
    ]);
  });

  it('returns a report without values', async () => {
    await using gitlab = await fakeGitlab({ key: 'A', value: 'battery staple' });
    const report = await syncVariables(projectOf(gitlab), [variable({ key: 'A', value: 'correct horse' })]);
    expect(JSON.stringify(report)).not.toMatch(/horse|staple/);
  });
});
