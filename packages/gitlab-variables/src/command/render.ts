import type { CheckReport } from '../sync/check.ts';
import type { SyncReport, SyncStep } from '../sync/sync.ts';
import { nameOf } from '../variable/variable.ts';

const matches = 'Everything matches the declaration.';

/** Returns one line: the change, the variable and the changed fields, but no value. */
export function stepLine(step: SyncStep): string {
  const fields = step.changed.length > 0 ? `: ${step.changed.join(', ')}` : '';
  const status = {
    planned: '',
    done: '',
    refused: `  REFUSED ${step.message}`,
    failed: `  FAILED ${step.message}`,
    'not done': '  NOT DONE',
  }[step.status];
  return lineOf(step.kind, `${nameOf(step)}${fields}${status}`);
}

/** Returns the lines after the steps. */
export function reportSummary({ steps, unchanged, valueUnknown, undeclared }: SyncReport): string {
  const known = unchanged.length - valueUnknown.length;
  return [
    ...valueUnknown.map((one) => lineOf('unknown', `${nameOf(one)}: the value is hidden and can't be compared`)),
    ...(known > 0 ? [lineOf('unchanged', String(known))] : []),
    ...(undeclared.length > 0 ? [lineOf('undeclared', `${undeclared.map(nameOf).join(', ')} (kept)`)] : []),
    `${summaryOf(steps)}\n`,
  ].join('');
}

function summaryOf(steps: readonly SyncStep[]): string {
  const count = (status: SyncStep['status']): number => steps.filter((step) => step.status === status).length;
  if (steps.length === 0) return matches;
  const refused = count('refused') > 0 ? `, ${count('refused')} refused` : '';
  if (count('planned') > 0) return `${count('planned')} planned${refused}; nothing was written.`;
  if (count('done') === steps.length) return `${steps.length} done.`;
  if (count('failed') + count('not done') === 0) return `${count('done')} of ${steps.length} done${refused}.`;
  return `${count('done')} of ${steps.length} done${refused}, ${count('failed')} failed, ${count('not done')} not done. Run sync again for the rest.`;
}

export function checkLines({ findings, valueUnknown }: CheckReport): string {
  return [
    ...findings.map(({ kind, message, remedy }) => lineOf(kind, `${message} ${remedy}`)),
    ...(valueUnknown.length > 0
      ? [lineOf('unknown', `values not compared: ${valueUnknown.map(nameOf).join(', ')}`)]
      : []),
    ...(findings.length === 0 ? [`${matches}\n`] : []),
  ].join('');
}

function lineOf(label: string, text: string): string {
  return `${label.padEnd(11)} ${text}\n`;
}
