import { parseCommandLine, parseJsonWords } from './command-line.ts';
import { parseFlags } from './flags.ts';
import { parseHealthcheck } from './healthcheck.ts';
import type { Instruction, InstructionSource, NamedValue } from './instruction.ts';
import { dockerfileInvalidError } from './errors.ts';
import { type Escape, type LogicalLine, parseLogicalLines } from './lines.ts';
import { splitAtBlanks, splitQuotedWords, splitFlags } from './words.ts';

/** A parsed Dockerfile. Variables aren't expanded yet. */
export interface Dockerfile {
  readonly escape: Escape;
  /** The frontend in `# syntax=`. */
  readonly syntax?: string;
  readonly instructions: readonly Instruction[];
  readonly warnings: readonly string[];
}

/**
 * Parses a Dockerfile as BuildKit does. The parsers on npm are made for editors. They accept text that BuildKit rejects, and
 * change text that it keeps (they drop spaces inside a JSON string and read `["a" "b"]` as JSON). @see https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser
 * @throws RegistryPusherError DOCKERFILE_INVALID, with the line
 */
export function parseDockerfile(text: string): Dockerfile {
  const { lines, escape, syntax, warnings } = parseLogicalLines(text);
  if (lines.length === 0) throw dockerfileInvalidError(1, 'the file contains no instructions. Start it with FROM.');
  const instructions = lines.map((line) => parseInstruction(line, escape));
  const first = instructions.find(({ keyword }) => keyword !== 'ARG');
  if (first?.keyword !== 'FROM')
    throw dockerfileInvalidError(
      first?.line ?? 1,
      'there is no FROM before it. A Dockerfile starts with FROM; only ARG may come first.',
    );
  return { escape, ...(syntax === undefined ? {} : { syntax }), instructions, warnings };
}

/**
 * Parses the instruction of an ONBUILD.
 * @param line the line to report
 * @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function parseTrigger(text: string, escape: Escape, line: number): Instruction {
  const instruction = parseInstruction({ line, text, heredocs: [] }, escape);
  if (['ONBUILD', 'FROM', 'MAINTAINER'].includes(instruction.keyword))
    throw dockerfileInvalidError(line, `ONBUILD can't contain ${instruction.keyword}.`);
  return instruction;
}

function parseInstruction(logical: LogicalLine, escape: Escape): Instruction {
  const { line } = logical;
  const [, word = '', afterWord = ''] = /^([^\t\v\f\r ]+)(?:[\t\v\f\r ]+(.*))?$/s.exec(logical.text.trim()) ?? [];
  const keyword = word.toUpperCase();
  const { flags: flagWords, rest: afterFlags } = splitFlags(afterWord, escape);
  const rest = afterFlags.trim();
  const source: InstructionSource = { line, text: logical.text.trim() };
  if (keyword === 'RUN') return { ...source, keyword, rest: afterWord, heredocs: logical.heredocs };
  if (keyword === 'ONBUILD') return { ...source, keyword, rest: afterWord };
  const flags = parseFlags(keyword, line, flagWords);
  switch (keyword) {
    case 'FROM':
      return { ...source, keyword, ...parseFrom(rest, line), ...optional('platform', flags.values.get('platform')) };
    case 'ARG':
      return {
        ...source,
        keyword,
        args: assertNotEmpty(splitQuotedWords(rest, escape), keyword, line).map((word) => parseArg(word, line)),
      };
    case 'ENV':
    case 'LABEL':
      return { ...source, keyword, pairs: parsePairs(rest, escape, keyword, line) };
    case 'COPY':
    case 'ADD': {
      const paths = parseJsonWords(rest, line) ?? splitAtBlanks(rest);
      if (paths.length < 2) throw dockerfileInvalidError(line, `${keyword} needs a source and a destination.`);
      const { values, lists } = flags;
      const excludes = lists.get('exclude') ?? [];
      const { heredocs } = logical;
      return {
        ...source,
        keyword,
        sources: paths.slice(0, -1),
        destination: paths.at(-1)!,
        flags: values,
        excludes,
        heredocs,
      };
    }
    case 'WORKDIR':
    case 'USER':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      if (rest === '') throw dockerfileInvalidError(line, `${keyword} needs a value.`);
      return { ...source, keyword, value: rest };
    case 'EXPOSE':
      return { ...source, keyword, values: assertNotEmpty(splitAtBlanks(rest), keyword, line).sort() };
    case 'VOLUME':
      return {
        ...source,
        keyword,
        values: assertNotEmpty(parseJsonWords(rest, line) ?? splitAtBlanks(rest), keyword, line),
      };
    case 'CMD':
    case 'ENTRYPOINT':
      return { ...source, keyword, command: parseCommandLine(rest, line) };
    case 'SHELL': {
      const words = parseJsonWords(rest, line);
      if (words === undefined || words.length === 0)
        throw dockerfileInvalidError(line, 'SHELL needs a JSON array of strings.');
      return { ...source, keyword, words };
    }
    case 'HEALTHCHECK':
      return { ...source, keyword, healthcheck: parseHealthcheck(rest, flags, line) };
    default:
      throw dockerfileInvalidError(line, `"${word}" isn't a Dockerfile instruction: check its spelling.`);
  }
}

function parseFrom(rest: string, line: number): { image: string; name?: string } {
  const words = splitAtBlanks(rest);
  const [image, as, name] = words;
  if (image === undefined || (words.length !== 1 && !(words.length === 3 && as?.toLowerCase() === 'as')))
    throw dockerfileInvalidError(line, 'FROM needs an image, or an image, AS and a name.');
  if (name !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(name))
    throw dockerfileInvalidError(
      line,
      `"${name}" isn't a stage name. Start with a letter, then use letters, digits, -, _ or .`,
    );
  return { image, ...optional('name', name?.toLowerCase()) };
}

function parsePairs(rest: string, escape: Escape, keyword: string, line: number): NamedValue[] {
  const words = assertNotEmpty(splitQuotedWords(rest, escape), keyword, line);
  if (!words[0]!.includes('=')) {
    const [, name, value] = /^([^\t\v\f\r ]*)[\t\v\f\r ]+(.*)$/s.exec(rest) ?? [];
    if (name === undefined || value === undefined)
      throw dockerfileInvalidError(line, `${keyword} needs a name and a value.`);
    return [{ name, value }];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) throw dockerfileInvalidError(line, `"${word}" in ${keyword} isn't in the form name=value.`);
    if (equals === 0) throw dockerfileInvalidError(line, `a name in ${keyword} is empty.`);
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function parseArg(word: string, line: number): { name: string; value?: string } {
  const equals = word.indexOf('=');
  if (equals === 0) throw dockerfileInvalidError(line, 'a name in ARG is empty.');
  return equals < 0 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

function assertNotEmpty(words: string[], keyword: string, line: number): string[] {
  if (words.length === 0) throw dockerfileInvalidError(line, `${keyword} needs at least one argument.`);
  return words;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [k in K]?: V };
}
