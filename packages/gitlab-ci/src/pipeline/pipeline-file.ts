import { stringify } from 'yaml';
import type { Pipeline, PipelineOptions } from './create-pipeline.ts';

/** What the first line begins with. The command's options follow. */
const start = '# Written by: tozo ci pipeline';

/** One line per value, no anchors, and quotes as Prettier writes them. */
const style = { lineWidth: 0, aliasDuplicateObjects: false, singleQuote: true };

/** Returns the file's text: the same for the same pipeline, on every machine. */
export function formatPipeline({ stages, jobs }: Pipeline, options: PipelineOptions): string {
  const header = [
    [start, ...argumentsOf(options)].join(' '),
    "# Don't edit it. Run that command again after a change of the apps, and commit the result: lint-test fails otherwise.",
  ];
  const sections = [{ stages }, ...Object.entries(jobs).map(([name, job]) => ({ [name]: job }))];
  const texts = sections.map((section) => stringify(section, style).trimEnd());
  return `${[header.join('\n'), ...texts].join('\n\n')}\n`;
}

/** Returns whether a file is one that the command wrote, and may be written again. */
export function isPipelineFile(text: string): boolean {
  return writtenOptions(text) !== undefined;
}

/** Returns the options with which a file was written, so that running the command again changes nothing else. */
export function readPipelineOptions(text: string): PipelineOptions {
  const options = writtenOptions(text) ?? '';
  const [, quoted, plain] = / --tool-job (?:'([^']*)'|(\S+))/.exec(options) ?? [];
  const toolJob = quoted ?? plain;
  return {
    ...(/^ --single\b/.test(options) ? { single: true } : {}),
    ...(toolJob === undefined ? {} : { toolJob }),
  };
}

/** Returns the options in the first line. Undefined for a file that the command didn't write. */
function writtenOptions(text: string): string | undefined {
  const [line = ''] = text.split(/\r?\n/, 1);
  const options = line.startsWith(start) ? line.slice(start.length) : undefined;
  return options === '' || options?.startsWith(' ') ? options : undefined;
}

function argumentsOf({ single, toolJob }: PipelineOptions): string[] {
  return [
    ...(single ? ['--single'] : []),
    ...(toolJob === undefined ? [] : ['--tool-job', toolJob.includes(' ') ? `'${toolJob}'` : toolJob]),
  ];
}
