import { stripVTControlCharacters, styleText } from 'node:util';
import {
  type DeployEvent,
  type DeployOutcome,
  type DeployPlan,
  formatBytes,
  isUnchanged,
  shortImageId,
  type StepName,
} from '@tozo/deploy';
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

function contentOf({ files, size = 0 }: DeployPlan['build']['layers'][number]): string {
  return files === undefined ? '' : `  (${files} files, ${formatBytes(size)})`;
}

/** Returns the plan as text, for the confirmation and for `--dry-run`. */
export function renderPlan(plan: DeployPlan): string {
  if (isUnchanged(plan)) return '  nothing to do: this version is already running\n';
  const { build, images, configVars, scale, release, verify } = plan;
  const lines = [
    ['build', `${build.builder}: ${build.reason}`],
    ...(build.base ? [['', `from ${build.base.reference}${build.base.standIn ? ' (stand-in base)' : ''}`]] : []),
    ...build.layers.map((layer) => ['', `${layer.reused ? '=' : '+'} ${layer.instruction}${contentOf(layer)}`]),
    ...images.map((image) => [
      'image',
      `${image.repository}  ${image.imageId ? shortImageId(image.imageId) : 'unknown until built'}${image.pushed ? '  already pushed' : ''}`,
    ]),
    ...(configVars.set.length > 0 ? [['config', `set ${configVars.set.join(', ')}`]] : []),
    ...scale.map(({ type, from, to }) => ['scale', `${type}: ${from ?? 0} → ${to} dynos`]),
    ['release', release.needed ? release.reason : `none: ${release.reason}`],
    [
      'verify',
      {
        marker: 'dynos up, URL healthy, version proven',
        status: 'dynos up, URL healthy; version not proven',
        dynos: 'dynos up',
      }[verify.by],
    ],
    [
      'failing',
      plan.rollback === 'auto'
        ? `rolled back${plan.currentRelease ? ` to v${plan.currentRelease}` : ''}`
        : 'not rolled back',
    ],
  ] as [string, string][];
  return lines.map(([name, text]) => `${stepLine(name, text)}\n`).join('');
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
