import type { ProjectVariables, RequestOptions } from '../project/project.ts';
import type { ChangedField } from '../variable/changed-fields.ts';
import { GitlabVariablesError, type GitlabVariablesErrorCode } from '../variable/errors.ts';
import { assertNoProblems, validateVariable } from '../variable/rules.ts';
import { type DesiredVariable, identity, type VariableIdentity } from '../variable/variable.ts';
import { type DiffOptions, diffVariables } from './diff.ts';
import { isWrite, type Write, writeChange } from './write.ts';

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
  /**
   * `planned` in a dry run; `refused`, with the reason in `message`, if the change would weaken the variable or another owner
   * manages it; `not done` after an earlier failure or an abort.
   */
  readonly status: 'planned' | 'done' | 'refused' | 'failed' | 'not done';
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

/**
 * Makes a project's variables match the declaration. The report lists what was done and what failed; another run does the rest.
 * @throws GitlabVariablesError if nothing was written: for invalid variables (all of them named) or an unreadable project
 */
export async function syncVariables(
  project: ProjectVariables,
  desired: readonly DesiredVariable[],
  options: SyncOptions = {},
): Promise<SyncReport> {
  const { owner, onStep = () => undefined, signal } = options;
  assertNoProblems(desired.flatMap((variable) => validateVariable(variable, { owner })));
  // Also finds a variable that is declared twice, before the first request.
  diffVariables(desired, [], options);
  const changes = diffVariables(desired, await project.list({ signal }), options);
  const writes = changes.filter(isWrite);
  assertNoProblems(writes.flatMap(problemsOf(owner)));
  const steps: SyncStep[] = [];
  for (const change of writes) {
    const step = await runStep(project, change, steps, options);
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

/** A value that is valid alone may break a rule of the variable that it's written to, such as masking. */
function problemsOf(owner: string | undefined) {
  return (change: Write) =>
    change.kind === 'remove' || change.kind === 'create' || change.refusal
      ? []
      : validateVariable(change.desired, { current: change.current, owner });
}

async function runStep(
  project: ProjectVariables,
  change: Write,
  before: readonly SyncStep[],
  { dryRun = false, recheck = true, owner, signal }: SyncOptions,
): Promise<SyncStep> {
  if ('refusal' in change && change.refusal) return { ...stepOf(change, 'refused'), message: change.refusal.message };
  if (dryRun) return stepOf(change, 'planned');
  if (before.some(stopsTheRun)) return stepOf(change, 'not done');
  try {
    await writeChange(project, change, { signal, recheck, owner });
    return stepOf(change, 'done');
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    return { ...stepOf(change, 'failed'), code: error.code, message: error.message };
  }
}

/** Returns whether the steps after this one would fail too. */
function stopsTheRun({ status, code }: SyncStep): boolean {
  return status === 'failed' && code !== 'CONFLICT' && code !== 'NOT_FOUND' && code !== 'VARIABLE_INVALID';
}

function stepOf(change: Write, status: SyncStep['status']): SyncStep {
  const changed = change.kind === 'update' || change.kind === 'recreate' ? change.changed : [];
  const subject = change.kind === 'remove' ? change.current : change.desired;
  return { kind: change.kind, ...identity(subject), changed, status };
}
