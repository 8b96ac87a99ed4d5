import { stringify } from 'yaml';
import type { Pipeline, PipelineOptions } from './create-pipeline.ts';

const command = 'tozo ci pipeline';
const firstLine = '# Written by: ';

/** One line per value, no anchors, and quotes as Prettier writes them. */
const style = { lineWidth: 0, aliasDuplicateObjects: false, singleQuote: true };

/** Returns the file's text: the same for the same pipeline, on every machine. */
export function formatPipeline({ stages, jobs }: Pipeline, options: PipelineOptions): string {
  const header = [
    `${firstLine}${[command, ...argumentsOf(options)].join(' ')}`,
    "# Don't edit it. Run that command again after a change of the apps, and commit the result: lint-test fails otherwise.",
  ];
  const sections = [{ stages }, ...Object.entries(jobs).map(([name, job]) => ({ [name]: job }))];
  const texts = sections.map((section) => stringify(section, style).trimEnd());
  return `${[header.join('\n'), ...texts].join('\n\n')}\n`;
}

/** Returns whether a file is one that the command wrote, and may be written again. */
export function isPipelineFile(text: string): boolean {
  return /^# Written by: tozo ci pipeline(?: .*)?$/m.exec(text)?.index === 0;
}

/** Returns the options with which a file was written, so that running the command again changes nothing else. */
export function readPipelineOptions(text: string): PipelineOptions {
  if (!isPipelineFile(text)) return {};
  const [line] = text.split('\n', 1) as [string];
  const [, quoted, plain] = / --tool-job (?:'([^']*)'|(\S+))/.exec(line) ?? [];
  const toolJob = quoted ?? plain;
  return {
    ...(/^# Written by: tozo ci pipeline --single\b/.test(line) ? { single: true } : {}),
    ...(toolJob === undefined ? {} : { toolJob }),
  };
}

function argumentsOf({ single, toolJob }: PipelineOptions): string[] {
  return [
    ...(single ? ['--single'] : []),
    ...(toolJob === undefined ? [] : ['--tool-job', toolJob.includes(' ') ? `'${toolJob}'` : toolJob]),
  ];
}
