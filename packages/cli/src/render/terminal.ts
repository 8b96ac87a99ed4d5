import { type DeployEvent, formatBytes, type StepName } from '@tozo/deploy';
import { clearLine } from '../output/control.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { linesOf, liveText, progressText } from './lines.ts';
import { printLines, type TextOptions } from './plain.ts';
import { cutToWidth } from './wrap.ts';

const tickMs = 500;

/** A step that is running, for the line that is overwritten. */
interface Live {
  readonly step: StepName;
  readonly since: number;
  readonly state: string;
  readonly sentBytes?: number;
}

/**
 * Renders events for a terminal: as the log, wrapped to the terminal's width, and below it one line with the step that is
 * running: what it waits for, bytes, rate and time.
 * @param now milliseconds of a clock that never jumps
 */
export function terminalRenderer(
  output: Output,
  options: TextOptions,
  now: () => number = () => performance.now(),
): (event: DeployEvent) => void {
  let live: Live | undefined;
  let isShown = false;
  let ticks: NodeJS.Timeout | undefined;

  function erase(): void {
    if (isShown) output.write(clearLine);
    isShown = false;
  }
  function show(): void {
    if (!live) return;
    const text = liveText(live.step, live.state, detailsOf(live, now()), output.columns);
    output.write(clearLine, cutToWidth(text, output.columns - 1));
    isShown = true;
  }
  function follow(next: Live | undefined): void {
    live = next;
    clearInterval(ticks);
    if (live) ticks = setInterval(show, tickMs).unref();
  }

  return (event) => {
    if (event.type === 'step-started') follow({ step: event.step, since: now(), state: '…' });
    if (event.type === 'push-progress' && live) {
      live = { ...live, state: progressText(event.sentBytes, event.totalBytes), sentBytes: event.sentBytes };
    }
    if (event.type === 'health' && live) live = { ...live, state: printable(event.observation) };
    if (event.type === 'step-finished' || event.type === 'step-failed' || event.type === 'finished') follow(undefined);
    const lines = linesOf(event, { ...options, columns: output.columns });
    if (lines.length > 0) erase();
    printLines(output, lines, options.useColor);
    show();
  };
}

/** In the order of importance. */
function detailsOf({ since, sentBytes }: Live, time: number): string[] {
  const seconds = (time - since) / 1000;
  const elapsed = seconds < 1 ? [] : [`${Math.floor(seconds)} s`];
  const rate = sentBytes === undefined || seconds < 1 ? [] : [`${formatBytes(Math.round(sentBytes / seconds))}/s`];
  return [...elapsed, ...rate];
}
