/** A block of a Terraform file, such as a resource. */
export interface HclBlock {
  /** Such as `resource`. */
  readonly type: string;
  readonly labels: readonly string[];
  readonly line: number;
  /** The text of each attribute's value. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly blocks: readonly HclBlock[];
}

/**
 * Reads the outline of a Terraform file: blocks, labels, and attributes as text. Expressions aren't evaluated, and what isn't
 * understood is skipped, because only three resource types matter here.
 * https://developer.hashicorp.com/terraform/language/syntax/configuration
 */
export function readHcl(text: string): readonly HclBlock[] {
  const lines = text.split('\n');
  let at = 0;
  return readBody().blocks;

  function readBody(): Pick<HclBlock, 'attributes' | 'blocks'> {
    const attributes: Record<string, string> = {};
    const blocks: HclBlock[] = [];
    while (at < lines.length) {
      const line = withoutComment(lines[at]!).trim();
      at += 1;
      if (line === '}') break;
      if (line.startsWith('/*')) {
        while (at <= lines.length && !lines[at - 1]!.includes('*/')) at += 1;
        continue;
      }
      const [, type, labels = '', rest = ''] = /^([\w-]+)((?:\s+(?:"[^"]*"|[\w-]+))*)\s*\{(.*)$/.exec(line) ?? [];
      const [, name, value] = /^"?([\w-]+)"?\s*=\s*(.*)$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) attributes[name] = readValue(value);
      else if (type !== undefined) {
        const start = at;
        const [, inline] = /^(.*)\}\s*$/.exec(rest) ?? [];
        const body = inline === undefined ? readBody() : { attributes: readInline(inline), blocks: [] };
        blocks.push({
          type,
          labels: [...labels.matchAll(/"([^"]*)"|([\w-]+)/g)].map(([, quoted, plain]) => quoted ?? plain!),
          line: start,
          ...body,
        });
      }
    }
    return { attributes, blocks };
  }

  /** A value may be a list, a map, or a heredoc of several lines. */
  function readValue(first: string): string {
    const [, marker] = /^<<[-~]?(\w+)/.exec(first) ?? [];
    let value = first;
    if (marker !== undefined) {
      while (at < lines.length && lines[at]!.trim() !== marker) value += `\n${lines[at++]}`;
      at += 1;
      return value;
    }
    while (at < lines.length && openBrackets(value) > 0) value += `\n${withoutComment(lines[at++]!)}`;
    return value.trim();
  }
}

function readInline(text: string): Record<string, string> {
  const [, name, value] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(text) ?? [];
  return name === undefined || value === undefined ? {} : { [name]: value };
}

function openBrackets(text: string): number {
  const plain = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
  return (plain.match(/[[{(]/g)?.length ?? 0) - (plain.match(/[\]})]/g)?.length ?? 0);
}

function withoutComment(line: string): string {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === '"') quoted = !quoted;
    else if (!quoted && (line[at] === '#' || line.startsWith('//', at))) return line.slice(0, at);
  }
  return line;
}

/** Returns the string that an attribute is, and undefined for an expression. */
export function stringOf(value: string | undefined): string | undefined {
  const [, text] = /^"((?:[^"\\$]|\\.|\$(?!\{))*)"$/.exec(value ?? '') ?? [];
  return text?.replaceAll(/\\(.)/g, '$1');
}
