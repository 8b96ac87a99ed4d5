import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffOptions, diffVariables, type VariableChange } from './diff.ts';
import { stored } from '../testing/fake-gitlab.ts';
import { type DesiredVariable, identityOf, settingsOf, type StoredVariable, variable } from '../variable/variable.ts';

const owner = 'shop';

/** Returns what GitLab would contain after the changes, which it carries out field by field. */
function apply(changes: readonly VariableChange<DesiredVariable>[]): StoredVariable[] {
  return changes.flatMap((change) => {
    if (change.kind === 'remove') return [];
    if (change.kind === 'create') return [{ ...asStored(change.desired), owner }];
    if (change.kind === 'undeclared' || change.kind === 'unchanged' || change.refusal) return [change.current];
    const { desired, current, changed } = change;
    const settings = settingsOf(desired, current);
    const isKept = change.kind === 'update' && !changed.includes('value');
    return [{ ...current, ...settings, value: settings.hidden ? null : isKept ? current.value : desired.value }];
  });
}

function asStored(desired: DesiredVariable): StoredVariable {
  const { key, environmentScope, value } = desired;
  const settings = settingsOf(desired);
  return { key, environmentScope, ...settings, value: settings.hidden ? null : value };
}

/** Returns variables that compare as JSON, values included. */
function plain(variables: readonly StoredVariable[]): unknown[] {
  return variables
    .map((one) => ({ ...one, value: one.value?.reveal() ?? null }))
    .sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
}

const orLeftOut = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Each setting is declared or left out. */
const anyVariable = fc
  .record({
    key: fc.constantFrom('A', 'B', 'C', 'D'),
    environmentScope: fc.constantFrom('*', 'production', 'review/*'),
    value: fc.constantFrom('', 'one', 'two'),
    type: orLeftOut(fc.constantFrom('env_var' as const, 'file' as const)),
    protected: orLeftOut(fc.boolean()),
    masked: orLeftOut(fc.boolean()),
    raw: orLeftOut(fc.boolean()),
    hidden: orLeftOut(fc.boolean()),
    description: orLeftOut(fc.constantFrom(null, 'a note')),
  })
  .map((given) => variable(given as Parameters<typeof variable>[0]));
const anyVariables = fc.uniqueArray(anyVariable, { selector: identityOf, maxLength: 12 });
const anyOwner = fc.constantFrom(undefined, owner, 'another');
const anyStored = fc
  .array(anyOwner, { minLength: 12, maxLength: 12 })
  .chain((owners) =>
    anyVariables.map((all) =>
      all.map((one, index) => ({ ...asStored(one), ...(owners[index] ? { owner: owners[index] } : {}) })),
    ),
  );

describe('diffVariables', () => {
  it('rejects a variable that is declared twice for the same scope', () => {
    const twice = [variable({ key: 'A', value: '1' }), variable({ key: 'A', value: '2' })];
    expect(() => diffVariables(twice, [])).toThrow('A is declared twice: keep one.');
    expect(
      diffVariables([twice[0]!, variable({ key: 'A', value: '1', environmentScope: 'production' })], []),
    ).toHaveLength(2);
  });

  it('leads to every declared setting and value, and keeps the settings that are left out (fault 131, gitlab)', () => {
    fc.assert(
      fc.property(anyVariables, anyStored, (desired, current) => {
        const before = new Map(current.map((one) => [identityOf(one), one]));
        const options = { owner, overwriteHidden: true, allowWeaker: true };
        const after = new Map(apply(diffVariables(desired, current, options)).map((one) => [identityOf(one), one]));
        for (const one of desired) {
          const had = before.get(identityOf(one));
          if (had?.owner === 'another') continue;
          const { hidden } = settingsOf(one, had);
          const whole = { ...one, ...settingsOf(one, had), value: hidden ? null : one.value };
          expect(plain([after.get(identityOf(one))!])).toMatchObject(plain([whole]));
        }
      }),
    );
  });

  it('takes no protection and no description away unless that is allowed (fault 131, gitlab)', () => {
    fc.assert(
      fc.property(anyVariables, anyStored, (desired, current) => {
        const after = new Map(apply(diffVariables(desired, current, { owner })).map((one) => [identityOf(one), one]));
        for (const had of current) {
          const has = after.get(identityOf(had))!;
          for (const name of ['protected', 'masked', 'hidden'] as const) expect(has[name] || !had[name]).toBe(true);
          expect(has.description ?? had.description).toBe(has.description);
        }
      }),
    );
  });

  it("neither changes nor removes another owner's variables, and prunes only its own", () => {
    fc.assert(
      fc.property(anyVariables, anyStored, (desired, current) => {
        const declared = new Set(desired.map(identityOf));
        const options = { owner, prune: true, allowWeaker: true, overwriteHidden: true };
        const after = apply(diffVariables(desired, current, options));
        const others = current.filter((one) => one.owner === 'another');
        const handmade = current.filter((one) => one.owner === undefined && !declared.has(identityOf(one)));
        expect(after).toEqual(expect.arrayContaining([...others, ...handmade]));
        const left = after.filter((one) => one.owner === owner && !declared.has(identityOf(one)));
        expect(left).toEqual([]);
      }),
    );
  });

  it('prunes nothing for a declaration without an owner', () => {
    expect(() => diffVariables([], [], { prune: true })).toThrow(
      'Only variables that this declaration created can be pruned: give it an "owner"',
    );
  });

  it('finds nothing to change after its changes are applied', () => {
    fc.assert(
      fc.property(anyVariables, anyStored, fc.boolean(), (desired, current, prune) => {
        const options: DiffOptions = { owner, prune };
        const again = diffVariables(desired, apply(diffVariables(desired, current, options)), options);
        const left = again.filter(({ kind }) => kind !== 'unchanged' && kind !== 'undeclared');
        expect(left.filter((change) => !('refusal' in change))).toEqual([]);
      }),
    );
  });

  it('never writes equal variables, and lists each changed field', () => {
    fc.assert(
      fc.property(anyVariables, (desired) => {
        expect(diffVariables(desired, desired.map(asStored)).every(({ kind }) => kind === 'unchanged')).toBe(true);
      }),
    );
    const [change] = diffVariables(
      [variable({ key: 'A', value: 'new', protected: true, description: 'a note' })],
      [stored({ key: 'A', value: 'old' })],
    );
    expect(change).toMatchObject({ kind: 'update', changed: ['value', 'protected', 'description'] });
  });

  it('matches by key and environment scope (fault 86, gitlab)', () => {
    const changes = diffVariables(
      [variable({ key: 'A', value: 'new', environmentScope: 'production' })],
      [stored({ key: 'A', value: 'old' }), stored({ key: 'A', value: 'old', environmentScope: 'production' })],
    );
    expect(changes.map(({ kind }) => kind)).toEqual(['update', 'undeclared']);
    expect(changes[0]).toMatchObject({ current: { environmentScope: 'production' } });
  });

  it('marks a hidden value as unknown, and writes it with overwriteHidden', () => {
    const desired = [variable({ key: 'A', value: 'eight888', hidden: true })];
    const current = [stored({ key: 'A', value: 'eight888', hidden: true })];
    expect(diffVariables(desired, current)).toMatchObject([{ kind: 'unchanged', valueUnknown: true }]);
    expect(diffVariables(desired, current, { overwriteHidden: true })).toMatchObject([
      { kind: 'update', changed: ['value'] },
    ]);
  });

  it('recreates a variable to hide it', () => {
    const desired = [variable({ key: 'A', value: 'eight888', hidden: true })];
    expect(diffVariables(desired, [stored({ key: 'A', value: 'eight888', masked: true })])).toMatchObject([
      { kind: 'recreate', changed: ['hidden'] },
    ]);
    const unhidden = [variable({ key: 'A', value: 'eight888', masked: false })];
    const hidden = [stored({ key: 'A', value: 'eight888', hidden: true })];
    expect(diffVariables(unhidden, hidden)).toMatchObject([{ kind: 'recreate', refusal: { reason: 'weaker' } }]);
    expect(diffVariables(unhidden, hidden, { allowWeaker: true })).toMatchObject([
      { kind: 'recreate', changed: ['masked', 'hidden'] },
    ]);
  });

  it('contains no printable value', () => {
    const changes = diffVariables(
      [variable({ key: 'A', value: 'correct horse' })],
      [stored({ key: 'A', value: 'battery staple' })],
    );
    expect(JSON.stringify(changes)).not.toMatch(/horse|staple/);
  });
});
