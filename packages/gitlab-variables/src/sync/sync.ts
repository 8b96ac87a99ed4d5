import type { ChangedField } from '../variable/changed-fields.ts';
import { type DiffOptions, diffVariables, type VariableChange } from './diff.ts';
import { GitlabVariablesError, type GitlabVariablesErrorCode, withHint } from '../variable/errors.ts';
import type { ProjectVariables, RequestOptions } from '../project/project.ts';
import { assertValid } from '../variable/rules.ts';
import { nameOf, type Variable, type VariableIdentity } from '../variable/variable.ts';

export interface SyncOptions extends DiffOptions, RequestOptions {
  /** Plans the changes without writing. */
  readonly dryRun?: boolean;
  /** Reads each variable again just before it's written, and skips it if someone else changed it. Default true. */
  readonly recheck?: boolean;
  /** Called after each step. */
  readonly onStep?: (step: SyncStep) => void;
}

/** One write. Contains no value. */
export interface SyncStep extends VariableIdentity {
  readonly kind: 'create' | 'update' | 'recreate' | 'remove';
  readonly changed: readonly ChangedField[];
  /** `planned` in a dry run; `not done` after an earlier failure or an abort. */
  readonly status: 'planned' | 'done' | 'failed' | 'not done';
  readonly code?: GitlabVariablesErrorCode;
  readonly message?: string;
}

export interface SyncReport {
  /** Whether the project now matches the declaration. */
  readonly complete: boolean;
  readonly steps: readonly SyncStep[];
  readonly unchanged: readonly VariableIdentity[];
  /** Unchanged variables whose hidden values can't be compared. */
  readonly valueUnknown: readonly VariableIdentity[];
  /** Not declared, and kept. */
  readonly undeclared: readonly VariableIdentity[];
}

type Write = Exclude<VariableChange, { kind: 'unchanged' | 'undeclared' }>;

/**
 * Makes a project's variables match the declaration. The report lists what was done and what failed; another run does the rest.
 * @throws GitlabVariablesError if nothing was written: for invalid variables (all of them named) or an unreadable project
 */
export async function syncVariables(
  project: ProjectVariables,
  desired: readonly Variable[],
  options: SyncOptions = {},
): Promise<SyncReport> {
  const { dryRun = false, onStep = () => undefined, signal } = options;
  assertValid(desired);
  const changes = diffVariables(desired, await project.list({ signal }), options);
  const steps: SyncStep[] = [];
  const next = async (change: Write, previous: SyncStep | undefined): Promise<SyncStep> => {
    if (dryRun) return stepOf(change, 'planned');
    return stopsTheRun(previous) ? stepOf(change, 'not done') : runStep(project, change, options);
  };
  for (const change of changes.filter(isWrite)) {
    const step = await next(change, steps.at(-1));
    steps.push(step);
    onStep(step);
  }
  const unchanged = changes.filter((change) => change.kind === 'unchanged');
  return {
    complete: steps.every(({ status }) => status === 'done'),
    steps,
    unchanged: unchanged.map(({ desired: one }) => identity(one)),
    valueUnknown: unchanged.filter(({ valueUnknown }) => valueUnknown).map(({ desired: one }) => identity(one)),
    undeclared: changes.filter((change) => change.kind === 'undeclared').map(({ current }) => identity(current)),
  };
}

/** Returns whether to skip the steps after this one, because they would fail too. */
function stopsTheRun(step: SyncStep | undefined): boolean {
  return step?.status === 'not done' || (step?.status === 'failed' && !concernsOneVariable(step.code));
}

async function runStep(project: ProjectVariables, change: Write, options: SyncOptions): Promise<SyncStep> {
  try {
    await write(project, change, options);
    return stepOf(change, 'done');
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    return { ...stepOf(change, 'failed'), code: error.code, message: error.message };
  }
}

async function write(project: ProjectVariables, change: Write, { signal, recheck = true }: SyncOptions): Promise<void> {
  const expected = change.kind === 'create' || !recheck ? undefined : change.current;
  switch (change.kind) {
    case 'create':
      await project.create(change.desired, { signal });
      return;
    case 'update':
      await project.update(change.desired, { signal, expected });
      return;
    case 'remove':
      await remove(project, change.current, { signal, expected });
      return;
    case 'recreate':
      await remove(project, change.current, { signal, expected });
      await create(project, change.desired, { signal });
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

async function create(project: ProjectVariables, desired: Variable, options: RequestOptions): Promise<void> {
  try {
    await project.create(desired, options);
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    throw withHint(
      error,
      `${nameOf(desired)} was removed but couldn't be created again, so it isn't set now. Run sync again.`,
    );
  }
}

function isWrite(change: VariableChange): change is Write {
  return change.kind !== 'unchanged' && change.kind !== 'undeclared';
}

/** Returns whether the other variables may still succeed. */
function concernsOneVariable(code: GitlabVariablesErrorCode | undefined): boolean {
  return code === 'CONFLICT' || code === 'NOT_FOUND' || code === 'VARIABLE_INVALID';
}

function stepOf(change: Write, status: SyncStep['status']): SyncStep {
  const changed = change.kind === 'update' || change.kind === 'recreate' ? change.changed : [];
  return {
    kind: change.kind,
    ...identity(change.kind === 'remove' ? change.current : change.desired),
    changed,
    status,
  };
}

function identity({ key, environmentScope }: VariableIdentity): VariableIdentity {
  return { key, environmentScope };
}
