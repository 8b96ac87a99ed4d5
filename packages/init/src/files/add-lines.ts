/** Returns .gitignore with the entries that it lacks. Unchanged if it has them all. */
export function addIgnored(before: string | undefined, entries: readonly string[]): string {
  const lines = (before ?? '').split('\n').map((line) => line.trim());
  const has = (entry: string): boolean =>
    [entry, `/${entry}`, entry.replace(/\/$/, ''), `/${entry.replace(/\/$/, '')}`, `**/${entry}`].some((line) =>
      lines.includes(line),
    );
  const missing = entries.filter((entry) => !has(entry));
  if (missing.length === 0) return before ?? '';
  const start = before === undefined || before === '' ? '' : before.endsWith('\n') ? before : `${before}\n`;
  return `${start}${missing.join('\n')}\n`;
}

/**
 * Returns a JSON text with another member of an object in it, and all else as it was, comments and layout included.
 * @param object the name of an object at the top: the member is added there. Absent: at the top itself
 */
export function addJsonMember(text: string, object: string | undefined, name: string, value: unknown): string {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const isNested = object !== undefined;
  const line = `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
  const at = isNested ? new RegExp(`\\n?[ \\t]*"${object}"\\s*:\\s*\\{`).exec(text) : undefined;
  if (at) {
    const end = at.index + at[0].length;
    const isEmpty = /^\s*\}/.test(text.slice(end));
    const rest = isEmpty ? text.slice(end).replace(/^\s*/, `\n${indent}`) : text.slice(end);
    return `${text.slice(0, end)}\n${indent}${indent}${line}${isEmpty ? '' : ','}${rest}`;
  }
  const close = text.lastIndexOf('}');
  const before = text.slice(0, close).trimEnd();
  const member = isNested ? `${JSON.stringify(object)}: {\n${indent}${indent}${line}\n${indent}}` : line;
  return `${before}${before.endsWith('{') || before.endsWith(',') ? '' : ','}\n${indent}${member}\n${text.slice(close)}`;
}

/** Returns nx.json with the plugin. Unchanged if it has it. */
export function addPlugin(text: string, plugin: string): string {
  if (text.includes(JSON.stringify(plugin))) return text;
  const list = /"plugins"\s*:\s*\[/.exec(text);
  if (!list) return addJsonMember(text, undefined, 'plugins', [plugin]);
  const end = list.index + list[0].length;
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const isEmpty = /^\s*\]/.test(text.slice(end));
  return isEmpty
    ? `${text.slice(0, end)}${JSON.stringify(plugin)}${text.slice(end).replace(/^\s*/, '')}`
    : `${text.slice(0, end)}\n${indent}${indent}${JSON.stringify(plugin)},${text.slice(end)}`;
}
