import type { RunCommand } from '../../run/run-step.ts';
import { parseCommandLine } from './command-line.ts';
import { dockerfileInvalidError } from './errors.ts';
import type { Heredoc, RunInstruction } from './instruction.ts';
import type { Escape } from './lines.ts';
import { type Flags, parseFlags } from './flags.ts';
import { splitFlags } from './words.ts';

/** RUN, parsed but not yet expanded. */
export interface ParsedRun {
  readonly flags: Flags;
  readonly command: RunCommand;
}

/**
 * Parses a RUN as BuildKit does. A single heredoc is the script; with more text around it, the shell reads the heredocs.
 * @see https://docs.docker.com/reference/dockerfile/#run
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function parseRun({ line, rest, heredocs }: RunInstruction, escape: Escape): ParsedRun {
  const { flags, rest: afterFlags } = splitFlags(rest, escape);
  const text = afterFlags.trim();
  if (text === '') throw dockerfileInvalidError(line, 'RUN needs a command.');
  const command = parseCommandLine(text, line);
  return {
    flags: parseFlags('RUN', line, flags),
    command:
      command.form === 'exec'
        ? { form: 'exec', words: assertProgram(command.words, line) }
        : withHeredocs(command.line, heredocs),
  };
}

function assertProgram(words: readonly string[], line: number): readonly string[] {
  if (words.length === 0 || words[0] === '') throw dockerfileInvalidError(line, 'RUN [] names no program.');
  return words;
}

function withHeredocs(text: string, heredocs: readonly Heredoc[]): RunCommand {
  const [first] = heredocs;
  if (first === undefined) return { form: 'shell', script: text };
  if (!/^\d*<<-?\s*(?:"[^"<]+"|'[^'<]+'|[^\s<]+)$/.test(text))
    return { form: 'shell', script: [text, ...heredocs.map(({ name, content }) => `${content}${name}`)].join('\n') };
  const content = first.stripsTabs ? first.content.replaceAll(/^\t+/gm, '') : first.content;
  return content.startsWith('#!') ? { form: 'script', name: first.name, content } : { form: 'shell', script: content };
}
