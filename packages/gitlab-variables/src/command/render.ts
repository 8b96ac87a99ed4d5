import type { Finding } from '../sync/check.ts';
import type { SyncReport, SyncStep } from '../sync/sync.ts';
import { nameOf } from '../variable/variable.ts';

/** Returns one line: the change, the variable and the changed fields, but no value. */
export function stepLine(step: SyncStep): string {
  const fields = step.changed.length > 0 ? `: ${step.changed.join(', ')}` : '';
  const status = { planned: '', done: '', failed: `  FAILED ${step.message}`, 'not done': '  NOT DONE' }[step.status];
  return `${step.kind.padEnd(10)} ${nameOf(step)}${fields}${status}\n`;
}

/** Returns the lines after the steps. */
export function reportSummary(report: SyncReport): string {
  const { steps, unchanged, valueUnknown, undeclared } = report;
  const hidden = valueUnknown.length > 0 ? `; hidden, not compared: ${valueUnknown.map(nameOf).join(', ')}` : '';
  const lines = [
    ...(unchanged.length > 0 ? [`${'unchanged'.padEnd(10)} ${unchanged.length}${hidden}`] : []),
    ...(undeclared.length > 0 ? [`${'undeclared'.padEnd(10)} ${undeclared.map(nameOf).join(', ')} (kept)`] : []),
    summaryOf(steps),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function summaryOf(steps: readonly SyncStep[]): string {
  const count = (status: SyncStep['status']): number => steps.filter((step) => step.status === status).length;
  if (steps.length === 0) return 'Everything matches the declaration.';
  if (count('planned') > 0) return `${count('planned')} planned; nothing was written.`;
  if (count('done') === steps.length) return `${steps.length} done.`;
  return `${count('done')} of ${steps.length} done, ${count('failed')} failed, ${count('not done')} not done. Run sync again for the rest.`;
}

export function findingLines(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Everything matches the declaration.\n';
  return findings.map(({ kind, message }) => `${kind.padEnd(11)} ${message}\n`).join('');
}
