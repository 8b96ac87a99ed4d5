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

/** Returns the options with which a file was written, so that running the command again changes nothing else. */
export function readPipelineOptions(text: string): PipelineOptions {
  const line = text.split('\n', 1)[0] ?? '';
  if (!line.startsWith(`${firstLine}${command}`)) return {};
  const words = line
    .slice(firstLine.length + command.length)
    .trim()
    .split(/\s+/);
  const toolJob = words[words.indexOf('--tool-job') + 1];
  return {
    ...(words.includes('--single') ? { single: true } : {}),
    ...(words.includes('--tool-job') && toolJob !== undefined ? { toolJob } : {}),
  };
}

function argumentsOf({ single, toolJob }: PipelineOptions): string[] {
  return [...(single ? ['--single'] : []), ...(toolJob === undefined ? [] : ['--tool-job', toolJob])];
}
