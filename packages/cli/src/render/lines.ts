import { type DeployEvent, type DeployOutcome, formatBytes } from '@tozo/deploy';
import { printable } from '../output/printable.ts';
import type { Style } from '../output/output.ts';
import { renderPlan } from './plan.ts';
import { wrap } from './wrap.ts';

/** One printed line. */
export interface Line {
  readonly text: string;
  readonly style?: Style;
}

export interface Layout {
  /** Lines are wrapped to this width. Absent: never wrapped. */
  readonly columns?: number;
  /** Whether the plan is printed. */
  readonly showsPlan: boolean;
}

const nameWidth = 9;
const summaryWidth = 36;
const indent = ' '.repeat(2 + nameWidth);

/** Returns the lines that an event adds to a log. None of their texts contains a line break or anything invisible. */
export function linesOf(event: DeployEvent, layout: Layout): readonly Line[] {
  switch (event.type) {
    case 'started':
      return [{ text: startText(event), style: 'bold' }];
    case 'warning':
      return styled('yellow', stepLines('warning', event.text, layout));
    case 'planned':
      return layout.showsPlan ? splitLines(renderPlan(event.plan)).map((text) => ({ text })) : [];
    case 'waiting':
      return splitLines(event.text).map((text) => ({ text: logLine(text) }));
    case 'build-output':
    case 'release-output':
    case 'dyno-output':
      return styled('dim', splitLines(event.line).map(logLine));
    case 'step-finished':
      return stepLines(event.step, event.summary, layout, event.seconds).map((text) => ({ text }));
    case 'step-failed':
      return styled('red', stepLines(event.step, failureText(event.reason), layout, event.seconds));
    case 'finished':
      return [
        ...(event.report.next ? stepLines('to do', event.report.next, layout).map((text) => ({ text })) : []),
        ...lastLines(event.report.text, styleOf(event.report.outcome)),
      ];
    case 'step-started':
    case 'push-progress':
    case 'health':
      return [];
    default:
      return event satisfies never;
  }
}

/** What was only waited for hasn't failed because nobody waits any longer. */
function failureText(reason: string): string {
  return reason === 'canceled' ? reason : `failed: ${reason}`;
}

function startText({ app, environment, target }: Extract<DeployEvent, { type: 'started' }>): string {
  return printable(`${app} → ${environment === undefined ? target.text : `${environment} (${target.text})`}`);
}

/** The last line is the result's first: details stand above it, and nothing that a server says can follow it. */
function lastLines(text: string, style: Style): Line[] {
  const [result = '', ...details] = splitLines(text);
  return [...styled('dim', details.map(logLine)), { text: result, style }];
}

/** Returns what is shown of a step while it runs: its state, and as many of the details as fit. */
export function liveText(name: string, state: string, details: readonly string[], columns: number): string {
  return details.reduce(
    (text, detail) => (text.length + 2 + detail.length < columns ? `${text}  ${detail}` : text),
    `  ${name.padEnd(nameWidth)}${state}`,
  );
}

export function progressText(sentBytes: number, totalBytes: number): string {
  return `${formatBytes(sentBytes)} of ${formatBytes(totalBytes)}`;
}

function stepLines(name: string, text: string, { columns }: Layout, seconds?: number): string[] {
  const [first = '', ...more] = splitLines(text);
  const end = seconds === undefined ? '' : `${seconds.toFixed(1)} s`;
  const wide = end === '' ? first : `${first.padEnd(summaryWidth)} ${end}`;
  const fits = columns === undefined || indent.length + wide.length <= columns;
  const width = (columns ?? 0) - indent.length;
  const lines = fits
    ? [wide, ...more]
    : [
        ...wrap([...first.split(' '), ...(end === '' ? [] : [` ${end}`])], width),
        ...more.flatMap((line) => wrap(line.split(' '), width)),
      ];
  return lines.map((line, index) => `${index === 0 ? `  ${name.padEnd(nameWidth)}` : indent}${line}`);
}

function logLine(text: string): string {
  return `  │ ${text}`;
}

function splitLines(text: string): string[] {
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => printable(line.replace(/\r$/, '')));
}

function styled(style: Style, texts: readonly string[]): Line[] {
  return texts.map((text) => ({ text, style }));
}

function styleOf(outcome: DeployOutcome): Style {
  switch (outcome) {
    case 'deployed':
    case 'unchanged':
    case 'planned':
      return 'green';
    case 'cancelled':
    case 'superseded':
    case 'outdated':
      return 'yellow';
    case 'failed':
    case 'rolled-back':
    case 'broken':
      return 'red';
    default:
      return outcome satisfies never;
  }
}
