import type { DeployEvent } from '@tozo/deploy';
import type { Output } from '../output/output.ts';
import { printable } from '../output/printable.ts';
import { type Line, linesOf } from './lines.ts';

export interface TextOptions {
  readonly useColor: boolean;
  readonly showsPlan: boolean;
}

/** Renders events as a log: a line when a step ends, and what the build, the release phase and the dynos print. */
export function plainRenderer(output: Output, options: TextOptions): (event: DeployEvent) => void {
  return withSlowChecks((event) => printLines(output, linesOf(event, options), options.useColor), output);
}

/** Milliseconds without a line before a log shows what a health check sees. */
const patience = 15_000;

/** Also shows what a health check sees while it takes long, whenever that changes: a job that times out has a clue. */
export function withSlowChecks(render: (event: DeployEvent) => void, output: Output): (event: DeployEvent) => void {
  let quietSince = performance.now();
  let shown = '';
  return (event) => {
    render(event);
    if (event.type === 'step-started') [quietSince, shown] = [performance.now(), ''];
    if (event.type !== 'health' || event.observation === shown || performance.now() - quietSince < patience) return;
    [quietSince, shown] = [performance.now(), event.observation];
    output.write(`  │ ${printable(event.observation)}\n`);
  };
}

export function printLines(output: Output, lines: readonly Line[], useColor: boolean): void {
  for (const { text, style } of lines) {
    output.write(style && useColor ? { style, text } : text, '\n');
  }
}
