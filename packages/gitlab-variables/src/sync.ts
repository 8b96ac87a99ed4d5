import { type ChangedField, type DiffOptions, diffVariables, type VariableChange } from './diff.ts';
import { GitlabVariablesError, type GitlabVariablesErrorCode, withHint } from './errors.ts';
import type { ProjectVariables, RequestOptions } from './project.ts';
import { assertValid } from './rules.ts';
import { nameOf, type Variable, type VariableIdentity } from './variable.ts';

export interface SyncOptions extends DiffOptions, RequestOptions {
  /** Only tells what would be done. */
  readonly dryRun?: boolean;
  /** Reads each variable again just before it is written, and leaves alone what someone else changed. Default true. */
  readonly recheck?: boolean;
  /** Called with each step as it ends. */
  readonly onStep?: (step: SyncStep) => void;
}

/** One write, told by name; it holds no value. */
export interface SyncStep extends VariableIdentity {
  readonly kind: 'create' | 'update' | 'recreate' | 'remove';
  readonly changed: readonly ChangedField[];
  /** `planned` in a dry run; `not done` when an earlier failure or an abort ended the run. */
  readonly status: 'planned' | 'done' | 'failed' | 'not done';
  /** Why it failed. */
  readonly code?: GitlabVariablesErrorCode;
  readonly message?: string;
}

export interface SyncReport {
  /** Whether the project is now as declared. */
  readonly complete: boolean;
  readonly steps: readonly SyncStep[];
  readonly unchanged: readonly VariableIdentity[];
  /** Those of the unchanged ones whose values are hidden and could not be compared. */
  readonly valueUnknown: readonly VariableIdentity[];
  /** Not declared, and left alone. */
  readonly undeclared: readonly VariableIdentity[];
}

type Write = Exclude<VariableChange, { kind: 'unchanged' | 'undeclared' }>;

/**
 * Makes a project's variables what is declared. What fails half-way is in the report, with everything that was done before
 * it; run again, it does the rest.
 * @throws GitlabVariablesError when nothing was written: invalid variables (all of them named), or an unreadable project
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
    if (dryRun) return describe(change, 'planned');
    return endsTheRun(previous) ? describe(change, 'not done') : carryOut(project, change, options);
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

/** Whether the steps after this one are left out: what failed would fail there too. */
function endsTheRun(step: SyncStep | undefined): boolean {
  return step?.status === 'not done' || (step?.status === 'failed' && !concernsOne(step.code));
}

async function carryOut(project: ProjectVariables, change: Write, options: SyncOptions): Promise<SyncStep> {
  try {
    await write(project, change, options);
    return describe(change, 'done');
  } catch (error) {
    if (!(error instanceof GitlabVariablesError)) throw error;
    return { ...describe(change, 'failed'), code: error.code, message: error.message };
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

/** Gone is what was wanted, whoever did it. */
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
      `${nameOf(desired)} was removed and could not be created again, so it is not set now: run this again.`,
    );
  }
}

function isWrite(change: VariableChange): change is Write {
  return change.kind !== 'unchanged' && change.kind !== 'undeclared';
}

/** Whether a failure says nothing about the other variables. */
function concernsOne(code: GitlabVariablesErrorCode | undefined): boolean {
  return code === 'CONFLICT' || code === 'NOT_FOUND' || code === 'VARIABLE_INVALID';
}

function describe(change: Write, status: SyncStep['status']): SyncStep {
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
