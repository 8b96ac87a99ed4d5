import type { DeployEvent } from '@tozo/deploy';
import type { Output } from '../output/output.ts';
import { type Line, linesOf } from './lines.ts';

export interface TextOptions {
  readonly useColor: boolean;
  readonly showsPlan: boolean;
}

/** Renders events as a log: a line when a step ends, and what the build, the release phase and the dynos print. */
export function plainRenderer(output: Output, options: TextOptions): (event: DeployEvent) => void {
  return (event) => printLines(output, linesOf(event, options), options.useColor);
}

export function printLines(output: Output, lines: readonly Line[], useColor: boolean): void {
  for (const { text, style } of lines) {
    output.write(style && useColor ? { style, text } : text, '\n');
  }
}
