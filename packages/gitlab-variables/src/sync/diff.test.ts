import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DiffOptions, diffVariables, type VariableChange } from './diff.ts';
import { stored } from '../testing/fake-gitlab.ts';
import { identityOf, type StoredVariable, type Variable, variable } from '../variable/variable.ts';

/** Returns what GitLab would contain after the changes. */
function apply(changes: readonly VariableChange[]): StoredVariable[] {
  return changes.flatMap((change) => {
    if (change.kind === 'remove') return [];
    if (change.kind === 'undeclared' || change.kind === 'unchanged') return [change.current];
    return [asStored(change.desired)];
  });
}

const asStored = (desired: Variable): StoredVariable => (desired.hidden ? { ...desired, value: null } : desired);

/** Returns variables that compare as JSON, values included. */
function plain(variables: readonly StoredVariable[]): unknown[] {
  return variables
    .map((one) => ({ ...one, value: one.value?.reveal() ?? null }))
    .sort((a, b) => (identityOf(a) < identityOf(b) ? -1 : 1));
}

const anyVariable: fc.Arbitrary<Variable> = fc
  .record({
    key: fc.constantFrom('A', 'B', 'C', 'D'),
    environmentScope: fc.constantFrom('*', 'production', 'review/*'),
    value: fc.constantFrom('', 'one', 'two'),
    type: fc.constantFrom('env_var' as const, 'file' as const),
    protected: fc.boolean(),
    masked: fc.boolean(),
    raw: fc.boolean(),
    hidden: fc.boolean(),
    description: fc.constantFrom(null, 'a note'),
  })
  .map(variable);
const anyVariables = fc.uniqueArray(anyVariable, { selector: identityOf, maxLength: 12 });
const anyStored = anyVariables.map((variables) => variables.map(asStored));

describe('diffVariables', () => {
  it('rejects a variable that is declared twice for the same scope', () => {
    const twice = [variable({ key: 'A', value: '1' }), variable({ key: 'A', value: '2' })];
    expect(() => diffVariables(twice, [])).toThrow('A is declared twice: keep one.');
    expect(
      diffVariables([twice[0]!, variable({ key: 'A', value: '1', environmentScope: 'production' })], []),
    ).toHaveLength(2);
  });

  it('leads to exactly the declared variables with prune and overwriteHidden', () => {
    fc.assert(
      fc.property(anyVariables, anyStored, (desired, current) => {
        const changes = diffVariables(desired, current, { prune: true, overwriteHidden: true });
        expect(plain(apply(changes))).toEqual(plain(desired.map(asStored)));
      }),
    );
  });

  it('keeps undeclared variables unchanged without prune', () => {
    fc.assert(
      fc.property(anyVariables, anyStored, (desired, current) => {
        const declared = new Set(desired.map(identityOf));
        const others = current.filter((one) => !declared.has(identityOf(one)));
        const after = apply(diffVariables(desired, current));
        expect(plain(after)).toEqual(plain([...desired.map(asStored), ...others]));
      }),
    );
  });

  it('finds nothing to change after its changes are applied', () => {
    fc.assert(
      fc.property(anyVariables, anyStored, fc.boolean(), (desired, current, prune) => {
        const options: DiffOptions = { prune };
        const again = diffVariables(desired, apply(diffVariables(desired, current, options)), options);
        expect(again.filter(({ kind }) => kind !== 'unchanged' && kind !== 'undeclared')).toEqual([]);
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
  });

  it('contains no printable value', () => {
    const changes = diffVariables(
      [variable({ key: 'A', value: 'correct horse' })],
      [stored({ key: 'A', value: 'battery staple' })],
    );
    expect(JSON.stringify(changes)).not.toMatch(/horse|staple/);
  });
});
