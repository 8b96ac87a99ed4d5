import type { ProjectVariables, RequestOptions } from '../project/project.ts';
import { GitlabVariablesError, withHint } from '../variable/errors.ts';
import { type DesiredVariable, nameOf, settingsOf, type StoredVariable } from '../variable/variable.ts';
import type { VariableChange } from './diff.ts';

/** A change that writes. */
export type Write = Exclude<VariableChange<DesiredVariable>, { kind: 'unchanged' | 'undeclared' }>;

export interface WriteContext extends RequestOptions {
  readonly owner?: string | undefined;
  /** Whether to read the variable again just before, and to leave it if someone else changed it. */
  readonly recheck: boolean;
}

export function isWrite(change: VariableChange<DesiredVariable>): change is Write {
  return change.kind !== 'unchanged' && change.kind !== 'undeclared';
}

/** Carries a change out. @throws GitlabVariablesError */
export async function writeChange(
  project: ProjectVariables,
  change: Write,
  { owner, recheck, signal }: WriteContext,
): Promise<void> {
  const expected = change.kind === 'create' || !recheck ? undefined : change.current;
  switch (change.kind) {
    case 'create':
      await project.create(change.desired, { signal, owner });
      return;
    case 'update':
      await project.update(change.desired, {
        signal,
        expected,
        owner: change.current.owner,
        keepValue: !change.changed.includes('value'),
      });
      return;
    case 'remove':
      await remove(project, change.current, { signal, expected });
      return;
    case 'recreate':
      await remove(project, change.current, { signal, expected });
      await replace(project, change.desired, change.current, signal);
  }
}

/** Succeeds if the variable is already gone. */
async function remove(
  ...[project, current, options]: [ProjectVariables, ...Parameters<ProjectVariables['remove']>]
): Promise<void> {
  try {
    await project.remove(current, options);
  } catch (error) {
    if (!(error instanceof GitlabVariablesError && error.code === 'NOT_FOUND')) throw error;
  }
}

/** Creates the variable that was just removed. If that fails, creates it as it was, so that jobs still have it. */
async function replace(
  project: ProjectVariables,
  desired: DesiredVariable,
  { owner, value, ...current }: StoredVariable,
  signal: AbortSignal | undefined,
): Promise<void> {
  const name = nameOf(desired);
  try {
    await project.create({ ...desired, ...settingsOf(desired, current) }, { signal, owner });
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    const isRestored =
      value !== null &&
      (await project.create({ ...current, value }, { owner }).then(
        () => true,
        () => false,
      ));
    throw withHint(
      error,
      isRestored
        ? `${name} was removed and created again as it was before.`
        : `${name} was removed but couldn't be created again, so it isn't set now. Run sync again.`,
    );
  }
}
