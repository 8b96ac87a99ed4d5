import { describe, expect, it } from 'vitest';
import { failureOf } from '../testing/failure.ts';
import { fakeGitlab, projectOf, type Row } from '../testing/fake-gitlab.ts';
import { variable } from '../variable/variable.ts';

const value = 'correct-horse-1';

/** A GitLab that accepts these fields of a request and drops them, as older ones do. */
async function dropping(names: readonly string[], ...rows: (Partial<Row> & { key: string })[]) {
  const gitlab = await fakeGitlab(...rows);
  gitlab.intervene = ({ body, query }) => {
    for (const name of names) delete body[name];
    if (names.includes('filter')) query.delete('filter[environment_scope]');
    return undefined;
  };
  return gitlab;
}

describe('a GitLab that drops fields (fault 85, gitlab-variables)', () => {
  it.each([
    [['masked'], { masked: true }, 'masked'],
    [['masked', 'masked_and_hidden'], { hidden: true, protected: true }, 'masked, hidden'],
    [['protected'], { protected: true }, 'protected'],
    [['raw'], { raw: true }, 'raw'],
    [['variable_type'], { type: 'file' }, 'type'],
    [['description'], { description: 'Deploys' }, 'description'],
    [['environment_scope'], { environmentScope: 'production/*' }, 'environmentScope'],
    [['environment_scope', 'filter'], { environmentScope: 'production/*' }, 'environmentScope'],
  ] as const)('that create lost %j is an error', async (names, settings, lost) => {
    await using gitlab = await dropping(names);
    const desired = variable({ key: 'KEY', value, ...settings });
    const error = await failureOf(projectOf(gitlab).create(desired));
    const name = 'environmentScope' in settings ? 'KEY (production/*)' : 'KEY';
    expect([error.code, error.message]).toEqual([
      'NOT_KEPT',
      expect.stringContaining(`didn't keep ${lost} of ${name}.`),
    ]);
    expect(error.message).not.toContain(value);
    expect(gitlab.seen.map(({ method }) => method)).toEqual(['POST']);
  });

  it('that the mark of the owner is lost is an error', async () => {
    await using gitlab = await dropping(['description']);
    const error = await failureOf(projectOf(gitlab).create(variable({ key: 'KEY', value }), { owner: 'shop' }));
    expect(error.message).toContain("GitLab didn't keep description of KEY.");
  });

  it.each([
    [['masked'], { masked: true }, 'masked'],
    [['value'], {}, 'value'],
  ] as const)('that update lost %j is an error', async (names, settings, lost) => {
    await using gitlab = await dropping(names, { key: 'KEY', value: 'old-value-1' });
    const error = await failureOf(projectOf(gitlab).update(variable({ key: 'KEY', value, ...settings })));
    expect(error.message).toContain(`GitLab didn't keep ${lost} of KEY.`);
    expect(error.message).not.toContain(value);
  });

  it('a variable of another scope is never taken for the one that is updated', async () => {
    await using gitlab = await dropping(['filter'], { key: 'KEY', value: 'old-value-1' });
    const desired = variable({ key: 'KEY', value, environmentScope: 'production' });
    const expected = {
      ...desired,
      type: 'env_var',
      protected: false,
      masked: false,
      raw: false,
      hidden: false,
    } as const;
    const error = await failureOf(projectOf(gitlab).update(desired, { expected: { ...expected, description: null } }));
    expect([error.code, error.message]).toEqual([
      'PROTOCOL',
      expect.stringContaining('KEY (production) was requested and KEY returned'),
    ]);
    expect(gitlab.rows).toMatchObject([{ value: 'old-value-1' }]);
  });
});
