import type { DeployEvent } from '@tozo/deploy';
import { sectionEnd, sectionStart } from '../output/control.ts';
import type { Output } from '../output/output.ts';
import { linesOf } from './lines.ts';
import { printLines, type TextOptions, withSlowChecks } from './plain.ts';

const titles = { 'build-output': 'build output', 'release-output': 'release phase output' } as const;

/** How many lines of a failed step's output are shown outside its section. */
const shownAfterFailure = 20;

/**
 * Renders events as a log for GitLab: the output of builds and release phases is in collapsed sections. What failed is shown
 * below them, and the log of unhealthy dynos isn't collapsed.
 */
export function gitlabRenderer(output: Output, options: TextOptions): (event: DeployEvent) => void {
  let app = '';
  let sections = 0;
  let open: { readonly name: string; readonly type: keyof typeof titles } | undefined;
  let recent: DeployEvent[] = [];

  function openSection(type: keyof typeof titles): void {
    if (open?.type === type) return;
    close();
    open = { name: `tozo_${app}_${++sections}`, type };
    output.write(sectionStart(open.name, { collapsed: true }), `  ${titles[type]}\n`);
  }
  function close(): void {
    if (open) output.write(sectionEnd(open.name), '\n');
    open = undefined;
  }
  function print(event: DeployEvent): void {
    printLines(output, linesOf(event, options), options.useColor);
  }

  return withSlowChecks((event) => {
    if (event.type === 'started') app = event.app;
    if (event.type === 'build-output' || event.type === 'release-output') {
      openSection(event.type);
      recent = [...recent, event].slice(-shownAfterFailure);
      return print(event);
    }
    if (linesOf(event, options).length === 0) return;
    close();
    if (event.type === 'step-failed') recent.forEach(print);
    if (event.type === 'step-failed' || event.type === 'step-finished') recent = [];
    print(event);
  }, output);
}
