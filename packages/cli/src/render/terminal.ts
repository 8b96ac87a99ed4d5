import { stripVTControlCharacters, styleText } from 'node:util';
import { type DeployEvent, type DeployOutcome, formatBytes, type StepName } from '@tozo/deploy';
import type { Output } from '../output.ts';

type Style = Parameters<typeof styleText>[0];

const nameWidth = 9;
const summaryWidth = 36;

/** Renders events as text: one line per step, and on a terminal the progress of the current step. */
export function terminalRenderer(output: Output, env: NodeJS.ProcessEnv): (event: DeployEvent) => void {
  const useColor = output.isTerminal && !env['NO_COLOR'];
  const paint = (style: Style, text: string): string =>
    useColor ? styleText(style, text, { validateStream: false }) : text;
  const live = liveLine(output);
  let step: StepName | undefined;

  return (event) => {
    switch (event.type) {
      case 'started':
        return live.print(`${paint('bold', event.app)} → ${event.target.text}`);
      case 'warning':
        return live.print(`  ${paint('yellow', 'warning')}  ${event.text}`);
      case 'planned':
        return;
      case 'step-started':
        step = event.step;
        return live.show(stepLine(step, '…'));
      case 'push-progress':
        return live.show(stepLine('push', `${formatBytes(event.sentBytes)} of ${formatBytes(event.totalBytes)}`));
      case 'health':
        return step === undefined ? undefined : live.show(stepLine(step, event.observation));
      case 'build-output':
      case 'release-output':
      case 'dyno-output':
        return live.print(`  ${paint('dim', `│ ${stripVTControlCharacters(event.line)}`)}`);
      case 'step-finished':
        return live.print(stepLine(event.step, event.summary, event.seconds));
      case 'step-failed':
        return live.print(stepLine(event.step, paint('red', `failed: ${event.reason}`), event.seconds));
      case 'finished':
        return live.print(paint(styleOf(event.report.outcome), event.report.text));
      default:
        return event satisfies never;
    }
  };
}

function stepLine(name: string, text: string, seconds?: number): string {
  const start = `  ${name.padEnd(nameWidth)}`;
  return seconds === undefined ? `${start}${text}` : `${start}${text.padEnd(summaryWidth)} ${seconds.toFixed(1)} s`;
}

function styleOf(outcome: DeployOutcome): Style {
  switch (outcome) {
    case 'deployed':
    case 'unchanged':
    case 'planned':
      return 'green';
    case 'cancelled':
    case 'superseded':
      return 'yellow';
    case 'failed':
    case 'rolled-back':
    case 'broken':
      return 'red';
    default:
      return outcome satisfies never;
  }
}

/** Keeps one line at the bottom of a terminal that is overwritten; printed lines go above it. */
function liveLine(output: Output): { show(text: string): void; print(text: string): void } {
  const clear = '\r\u001B[2K';
  let shown = false;
  return {
    show(text) {
      if (!output.isTerminal) return;
      output.write(`${clear}${text.slice(0, output.columns - 1)}`);
      shown = true;
    },
    print(text) {
      output.write(`${shown ? clear : ''}${text}\n`);
      shown = false;
    },
  };
}
