/** Splits a script's item into commands: continued lines joined, and `&&` and `;` outside of quotes split. */
export function splitCommands(script: string): { readonly text: string; readonly offset: number }[] {
  const commands: { text: string; offset: number }[] = [];
  let text = '';
  let line = 0;
  let start = 0;
  let quote: string | undefined;
  let depth = 0;
  const end = (): void => {
    const trimmed = text.replaceAll(/\s+/g, ' ').trim();
    if (trimmed !== '' && !trimmed.startsWith('#')) commands.push({ text: trimmed, offset: start });
    text = '';
    start = line;
  };
  for (let at = 0; at < script.length; at += 1) {
    const char = script[at]!;
    if (char === '\n') line += 1;
    if (char === '\\' && script[at + 1] === '\n') {
      text += ' ';
      at += 1;
      line += 1;
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      text += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      text += char;
    } else if (char === '(') {
      depth += 1;
      text += char;
    } else if (char === ')') {
      depth -= 1;
      text += char;
    } else if (depth <= 0 && (char === '\n' || char === ';')) end();
    else if (depth <= 0 && char === '&' && script[at + 1] === '&') {
      at += 1;
      end();
    } else {
      if (text === '') start = line;
      text += char;
    }
  }
  end();
  return commands;
}

/** Replaces variables whose values are known. Values may contain variables themselves. */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>, depth = 0): string {
  return text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => {
    const value = variables[name];
    if (value === undefined || depth > 5 || value.includes(whole)) return whole;
    return expandVariables(value, variables, depth + 1);
  });
}
