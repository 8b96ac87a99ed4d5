import { isMap, isScalar, LineCounter, parseDocument, type Document, type Pair, type YAMLMap } from 'yaml';
import { InitError } from '../errors.ts';

/** A YAML file whose values know their lines. */
export interface YamlFile {
  readonly file: string;
  readonly text: string;
  readonly document: Document;
  readonly root: YAMLMap;
  lineAt(offset: number | undefined): number;
}

/** @throws InitError SOURCE_INVALID */
export function parseYaml(file: string, text: string): YamlFile {
  const conflict = text.split('\n').findIndex((line) => /^(?:<{7}|>{7}) /.test(line)) + 1;
  if (conflict > 0)
    throw new InitError(
      'SOURCE_INVALID',
      `${file} has a merge conflict in line ${conflict}: resolve it, then run this again.`,
    );
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, merge: true, logLevel: 'error' });
  if (document.errors.some(({ code }) => code === 'MULTIPLE_DOCS'))
    throw new InitError(
      'SOURCE_INVALID',
      `${file} has several documents, such as the header (spec:) of a template with inputs: take over the file that includes it, or move its jobs there first.`,
    );
  const [error] = document.errors;
  if (error)
    throw new InitError(
      'SOURCE_INVALID',
      `${file} isn't valid YAML: ${error.message.split('\n')[0]} Correct it, then run this again.`,
    );
  const root = document.contents;
  if (!isMap(root))
    throw new InitError('SOURCE_INVALID', `${file} contains no settings: name a file of YAML keys and values.`);
  return { file, text, document, root, lineAt: (offset) => (offset === undefined ? 1 : counter.linePos(offset).line) };
}

export function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

export function startOf(pair: Pair): number | undefined {
  return (pair.key as { range?: readonly number[] } | null)?.range?.[0];
}
