import type { DeployEvent } from '@tozo/deploy';
import type { Output } from '../output/output.ts';
import { cleanStrings } from '../output/clean.ts';
import type { Redaction } from '../output/redaction.ts';
import type { Format } from './formats.ts';
import { gitlabRenderer } from './gitlab.ts';
import { ndjsonRenderer } from './ndjson.ts';
import { plainRenderer } from './plain.ts';
import { terminalRenderer } from './terminal.ts';

export interface RendererOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly redaction: Redaction;
  /** Whether the plan is printed. */
  readonly showsPlan: boolean;
}

/** Returns a function that prints events, each cleaned before any renderer sees it. */
export function createRenderer(
  format: Format,
  output: Output,
  { env, redaction, showsPlan }: RendererOptions,
): (event: DeployEvent) => void {
  const options = { showsPlan, useColor: format !== 'plain' };
  const render = rendererOf(format === 'auto' ? chooseFormat(output, env) : format, output, options);
  return (event) => render(cleanStrings(event, redaction));
}

function chooseFormat({ isTerminal }: Output, env: NodeJS.ProcessEnv): Exclude<Format, 'auto'> {
  if (env['GITLAB_CI'] === 'true') return 'gitlab';
  return isTerminal ? 'terminal' : 'plain';
}

function rendererOf(
  format: Exclude<Format, 'auto'>,
  output: Output,
  options: { readonly showsPlan: boolean; readonly useColor: boolean },
): (event: DeployEvent) => void {
  switch (format) {
    case 'terminal':
      return terminalRenderer(output, options);
    case 'plain':
      return plainRenderer(output, options);
    case 'gitlab':
      return gitlabRenderer(output, options);
    case 'ndjson':
      return ndjsonRenderer(output);
    default:
      return format satisfies never;
  }
}
