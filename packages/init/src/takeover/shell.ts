/**
 * Splits a script's item into commands: continued lines joined, and `&&` and `;` outside of quotes split. A here-document
 * belongs to the command that reads it.
 */
export function splitCommands(script: string): { readonly text: string; readonly offset: number }[] {
  const commands: { text: string; offset: number }[] = [];
  let text = '';
  let line = 0;
  let start = 0;
  let quote: string | undefined;
  let depth = 0;
  const end = (): void => {
    const trimmed = text.replaceAll(/\s+/g, ' ').trim().replace(leadingKeyword, '');
    if (trimmed !== '' && !trimmed.startsWith('#') && !onlyKeyword.test(trimmed))
      commands.push({ text: trimmed, offset: start });
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
    } else if (depth <= 0 && (char === '\n' || char === ';')) {
      const [, word] = /<<-?\s*["']?(\w+)["']?/.exec(text) ?? [];
      const document = word === undefined || char === ';' ? undefined : hereDocument(script.slice(at + 1), word);
      if (document !== undefined) {
        text += ` ${document}`;
        at += document.length;
        line += document.split('\n').length - 1;
      }
      end();
    } else if (depth <= 0 && char === '&' && script[at + 1] === '&') {
      at += 1;
      end();
    } else if (char === '#' && /(?:^|\s)$/.test(text)) {
      // A comment, up to the line's end.
      while (at + 1 < script.length && script[at + 1] !== '\n') at += 1;
    } else {
      if (text === '') start = line;
      text += char;
    }
  }
  end();
  return commands;
}

const leadingKeyword = /^(?:then|else|do)\s+/;
const onlyKeyword = /^(?:then|else|fi|do|done|esac|\{|\})$/;

/** Returns the lines up to the one that ends the document, which is part of it. */
function hereDocument(rest: string, word: string): string | undefined {
  return new RegExp(`^[\\s\\S]*?^[ \\t]*${word}[ \\t]*$`, 'm').exec(rest)?.[0];
}

/** Replaces variables whose values are known. Values may contain variables themselves. */
export function expandVariables(text: string, variables: Readonly<Record<string, string>>, depth = 0): string {
  return text.replaceAll(/\$\{?(\w+)\}?/g, (whole, name: string) => {
    const value = variables[name];
    if (value === undefined || depth > 5 || value.includes(whole)) return whole;
    return expandVariables(value, variables, depth + 1);
  });
}
