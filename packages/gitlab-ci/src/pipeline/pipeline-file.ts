import { isSeq, parseDocument, stringify } from 'yaml';
import { defaultStages, type Pipeline, type PipelineOptions } from './create-pipeline.ts';

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

/**
 * Returns the stages that a project's own .gitlab-ci.yml lacks. Its `stages` replace those of every file that it includes, and
 * GitLab refuses a pipeline with a job of another stage. None are missing if it has no `stages`, or can't be read.
 */
export function missingStages(gitlabCi: string, { stages }: Pick<Pipeline, 'stages'>): string[] {
  const document = parseDocument(gitlabCi, { logLevel: 'silent' });
  const own = document.errors.length > 0 ? undefined : document.get('stages');
  if (!isSeq(own)) return [];
  const names = own.toJSON();
  return stages.filter((stage) => !defaultStages.includes(stage) && !names.includes(stage));
}

function argumentsOf({ single, toolJob }: PipelineOptions): string[] {
  return [...(single ? ['--single'] : []), ...(toolJob === undefined ? [] : ['--tool-job', toolJob])];
}
