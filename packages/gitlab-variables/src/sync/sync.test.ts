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

  it('creates a variable as it was when it cannot be hidden', async () => {
    await using gitlab = await fakeGitlab({
      key: 'A',
      value: 'eight888',
      masked: true,
      protected: true,
      description: 'x',
    });
    gitlab.intervene = ({ body }) => ('masked_and_hidden' in body ? { status: 500, text: '' } : undefined);
    const report = await syncVariables(projectOf(gitlab), [variable({ key: 'A', value: 'eight999', hidden: true })]);
    expect(report.steps).toMatchObject([{ kind: 'recreate', status: 'failed', code: 'SERVER_ERROR' }]);
    expect(report.steps[0]?.message).toContain('A was removed and created again as it was before.');
    expect(gitlab.rows).toMatchObject([{ value: 'eight888', masked: true, protected: true, description: 'x' }]);
  });

  it('keeps settings that the declaration leaves out, and writes no hidden value unasked (fault 131, gitlab)', async () => {
    const kept = { masked: true, protected: true, raw: true, variable_type: 'file', description: 'note' };
    await using gitlab = await fakeGitlab(
      { key: 'A', value: 'old.value', ...kept },
      { key: 'B', value: 'theirs88', ...kept, hidden: true },
      { key: 'C', value: 'old.value', ...kept },
    );
    const desired = [
      variable({ key: 'A', value: 'new.value' }),
      variable({ key: 'B', value: 'ours8888', description: 'another' }),
      variable({ key: 'C', value: 'new.value', protected: false, description: '' }),
    ];
    const report = await syncVariables(projectOf(gitlab), desired);
    expect(report.steps.map(({ key, status, message }) => [key, status, message])).toEqual([
      ['A', 'done', undefined],
      ['B', 'done', undefined],
      [
        'C',
        'refused',
        'the declaration takes protected, description away from C: leave the field out to keep it, or allow it (--allow-weaker).',
      ],
    ]);
    expect(report.complete).toBe(false);
    expect(gitlab.rows).toMatchObject([
      { ...kept, value: 'new.value' },
      { ...kept, value: 'theirs88', description: 'another', hidden: true },
      { ...kept, value: 'old.value' },
    ]);
    const allowed = await syncVariables(projectOf(gitlab), desired, { allowWeaker: true });
    expect(allowed.complete).toBe(true);
    expect(gitlab.rows[2]).toMatchObject({ ...kept, value: 'new.value', protected: false, description: '' });
  });

  it('writes nothing when a value breaks a rule of the variable that has it', async () => {
    await using gitlab = await fakeGitlab({ key: 'A', value: 'eight888', masked: true }, { key: 'B' });
    const desired = [variable({ key: 'B', value: 'x' }), variable({ key: 'A', value: 'tozo' })];
    const error = await failureOf(syncVariables(projectOf(gitlab), desired));
    expect(error).toMatchObject({ code: 'VARIABLE_INVALID', message: expect.stringContaining('A: a value of 4') });
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it("marks what it creates with the owner, and refuses to change another owner's", async () => {
    await using gitlab = await fakeGitlab({ key: 'THEIRS', description: '(managed by api)' });
    const desired = [
      variable({ key: 'THEIRS', value: 'x' }),
      variable({ key: 'A', value: 'x' }),
      variable({ key: 'B', value: 'x', description: 'note' }),
    ];
    const report = await syncVariables(projectOf(gitlab), desired, { owner: 'shop' });
    expect(report.steps.map(({ status }) => status)).toEqual(['refused', 'done', 'done']);
    expect(gitlab.rows.map(({ description }) => description)).toEqual([
      '(managed by api)',
      '(managed by shop)',
      'note (managed by shop)',
    ]);
    const changed = [variable({ key: 'A', value: 'x', description: 'new' }), variable({ key: 'B', value: 'y' })];
    await syncVariables(projectOf(gitlab), changed, { owner: 'shop' });
    expect(gitlab.rows.slice(1).map(({ description }) => description)).toEqual([
      'new (managed by shop)',
      'note (managed by shop)',
    ]);
  });

  it('prunes no variable that someone takes over in the meantime (fault 88, gitlab)', async () => {
    await using gitlab = await fakeGitlab({ key: 'OURS', description: 'note (managed by shop)' });
    gitlab.intervene = (_request, count) => {
      if (count === 1) gitlab.rows[0]!['description'] = 'note';
      return undefined;
    };
    const report = await syncVariables(projectOf(gitlab), [], { owner: 'shop', prune: true });
    expect(report.steps).toMatchObject([{ kind: 'remove', status: 'failed', code: 'CONFLICT' }]);
    expect(report.steps[0]?.message).toContain('someone else changed OURS in the meantime (owner)');
    expect(gitlab.rows).toHaveLength(1);
  });

  it("stops at the project's limit of variables", async () => {
    await using gitlab = await fakeGitlab();
    gitlab.intervene = ({ method }) =>
      method === 'POST'
        ? { status: 400, text: '{"message":{"base":["Maximum number of project ci variables (8000) exceeded"]}}' }
        : undefined;
    const report = await syncVariables(projectOf(gitlab), many(3, 'x'));
    expect(report.steps.map(({ status, code }) => [status, code])).toEqual([
      ['failed', 'LIMIT_REACHED'],
      ['not done', undefined],
      ['not done', undefined],
    ]);
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
    await using gitlab = await fakeGitlab({ key: 'OLD', description: '(managed by shop)' }, { key: 'HANDMADE' });
    const report = await syncVariables(projectOf(gitlab), many(2, 'x'), { dryRun: true, prune: true, owner: 'shop' });
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
      { key: 'EXTRA', description: 'note (managed by shop)' },
      { key: 'THEIRS', description: 'note (managed by api)' },
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
      owner: 'shop',
      onStep: (step) => steps.push(`${step.kind} ${nameOf(step)} ${step.changed.join('+')} ${step.status}`),
    });
    expect(steps).toEqual([
      'update CHANGED (production) value done',
      'recreate TO_HIDE masked+hidden done',
      'create NEW  done',
    ]);
    expect(report).toMatchObject({ complete: true, valueUnknown: [{ key: 'HIDDEN' }] });
    expect(report.unchanged.map(nameOf)).toEqual(['SAME', 'HIDDEN']);
    expect(report.undeclared.map(nameOf)).toEqual(['CHANGED', 'EXTRA', 'THEIRS']);

    const pruned = await syncVariables(projectOf(gitlab), desired.slice(0, 4), { owner: 'shop', prune: true });
    expect(pruned.steps.map((step) => `${step.kind} ${nameOf(step)}`)).toEqual(['remove EXTRA', 'remove NEW']);
    expect(gitlab.rows.map(({ key, value, hidden, description }) => [key, value, hidden, description])).toEqual([
      ['SAME', 'x', false, null],
      ['CHANGED', 'new', false, null],
      ['CHANGED', 'old', false, null],
      ['HIDDEN', 'eight888', true, null],
      ['THEIRS', 'some value', false, 'note (managed by api)'],
      ['TO_HIDE', 'eight888', true, null],
    ]);
  });

  it('returns a report without values', async () => {
    await using gitlab = await fakeGitlab({ key: 'A', value: 'battery staple' });
    const report = await syncVariables(projectOf(gitlab), [variable({ key: 'A', value: 'correct horse' })]);
    expect(JSON.stringify(report)).not.toMatch(/horse|staple/);
  });
});
