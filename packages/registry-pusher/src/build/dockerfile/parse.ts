import { parseCommandLine, jsonWords } from './command-line.ts';
import { readFlags } from './flags.ts';
import { parseHealthcheck } from './healthcheck.ts';
import type { Instruction, NamedValue, Written } from './instruction.ts';
import { dockerfileInvalid } from './invalid.ts';
import { type Escape, type LogicalLine, logicalLines } from './lines.ts';
import { blankSeparated, quotedWords, splitFlags } from './words.ts';

/** A Dockerfile, parsed. Variables are not expanded yet. */
export interface Dockerfile {
  readonly escape: Escape;
  /** The frontend that `# syntax=` asks for. */
  readonly syntax?: string;
  readonly instructions: readonly Instruction[];
  readonly warnings: readonly string[];
}

/**
 * Parses a Dockerfile as BuildKit does. The parsers on npm are made for editors: they accept what BuildKit refuses and
 * change what it keeps (blanks inside a JSON string are lost, `["a" "b"]` counts as JSON), and an image must not differ by
 * that. @see https://github.com/moby/buildkit/tree/master/frontend/dockerfile/parser
 * @throws RegistryPusherError DOCKERFILE_INVALID, with the line
 */
export function parseDockerfile(text: string): Dockerfile {
  const { lines, escape, syntax, warnings } = logicalLines(text);
  if (lines.length === 0) throw dockerfileInvalid(1, 'the file holds no instruction; it starts with FROM.');
  const instructions = lines.map((line) => parseInstruction(line, escape));
  const first = instructions.find(({ keyword }) => keyword !== 'ARG');
  if (first?.keyword !== 'FROM')
    throw dockerfileInvalid(
      first?.line ?? 1,
      'there is no FROM above it: a Dockerfile starts with FROM, only ARG may stand before it.',
    );
  return { escape, ...(syntax === undefined ? {} : { syntax }), instructions, warnings };
}

function parseInstruction(logical: LogicalLine, escape: Escape): Instruction {
  const { line } = logical;
  const [, word = '', afterWord = ''] = /^([^\t\v\f\r ]+)(?:[\t\v\f\r ]+(.*))?$/s.exec(logical.text.trim()) ?? [];
  const keyword = word.toUpperCase();
  const { flags: flagWords, rest: afterFlags } = splitFlags(afterWord, escape);
  const rest = afterFlags.trim();
  const written: Written = { line, text: logical.text.trim() };
  if (keyword === 'RUN' || keyword === 'ONBUILD') return { ...written, keyword, rest: afterWord };
  const flags = readFlags(keyword, line, flagWords);
  switch (keyword) {
    case 'FROM':
      return { ...written, keyword, ...parseFrom(rest, line), ...optional('platform', flags.values.get('platform')) };
    case 'ARG':
      return {
        ...written,
        keyword,
        args: atLeastOne(quotedWords(rest, escape), keyword, line).map((a) => arg(a, line)),
      };
    case 'ENV':
    case 'LABEL':
      return { ...written, keyword, pairs: parsePairs(rest, escape, keyword, line) };
    case 'COPY':
    case 'ADD': {
      const paths = jsonWords(rest, line) ?? blankSeparated(rest);
      if (paths.length < 2) throw dockerfileInvalid(line, `${keyword} needs a source and a destination.`);
      const { values, lists } = flags;
      const excludes = lists.get('exclude') ?? [];
      const { heredocs } = logical;
      return {
        ...written,
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
      if (rest === '') throw dockerfileInvalid(line, `${keyword} needs a value.`);
      return { ...written, keyword, value: rest };
    case 'EXPOSE':
      return { ...written, keyword, values: atLeastOne(blankSeparated(rest), keyword, line).sort() };
    case 'VOLUME':
      return { ...written, keyword, values: atLeastOne(jsonWords(rest, line) ?? blankSeparated(rest), keyword, line) };
    case 'CMD':
    case 'ENTRYPOINT':
      return { ...written, keyword, command: parseCommandLine(rest, line) };
    case 'SHELL': {
      const words = jsonWords(rest, line);
      if (words === undefined || words.length === 0)
        throw dockerfileInvalid(line, 'SHELL takes a JSON array of strings.');
      return { ...written, keyword, words };
    }
    case 'HEALTHCHECK':
      return { ...written, keyword, healthcheck: parseHealthcheck(rest, flags, line) };
    default:
      throw dockerfileInvalid(line, `"${word}" is not an instruction.`);
  }
}

function parseFrom(rest: string, line: number): { image: string; name?: string } {
  const words = blankSeparated(rest);
  const [image, as, name] = words;
  if (image === undefined || (words.length !== 1 && !(words.length === 3 && as?.toLowerCase() === 'as')))
    throw dockerfileInvalid(line, 'FROM takes an image, or an image, AS and a name.');
  if (name !== undefined && !/^[a-z][a-z0-9-_.]*$/i.test(name))
    throw dockerfileInvalid(line, `"${name}" is not a name for a stage: letters, digits, - _ . and a letter first.`);
  return { image, ...optional('name', name?.toLowerCase()) };
}

function parsePairs(rest: string, escape: Escape, keyword: string, line: number): NamedValue[] {
  const words = atLeastOne(quotedWords(rest, escape), keyword, line);
  if (!words[0]!.includes('=')) {
    const [, name, value] = /^([^\t\v\f\r ]*)[\t\v\f\r ]+(.*)$/s.exec(rest) ?? [];
    if (name === undefined || value === undefined)
      throw dockerfileInvalid(line, `${keyword} needs a name and a value.`);
    return [{ name, value }];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) throw dockerfileInvalid(line, `"${word}" in ${keyword} is not of the form name=value.`);
    if (equals === 0) throw dockerfileInvalid(line, `a name in ${keyword} is empty.`);
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function arg(word: string, line: number): { name: string; value?: string } {
  const equals = word.indexOf('=');
  if (equals === 0) throw dockerfileInvalid(line, 'a name in ARG is empty.');
  return equals < 0 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

function atLeastOne(words: string[], keyword: string, line: number): string[] {
  if (words.length === 0) throw dockerfileInvalid(line, `${keyword} needs at least one argument.`);
  return words;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [k in K]?: V };
}
