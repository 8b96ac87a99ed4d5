/** Splits a command at spaces, quotes respected. Undefined if it needs a shell. */
export function splitWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < command.length; at += 1) {
    const char = command[at]!;
    // A comment, up to the end.
    if (char === '#' && quote === undefined && word === undefined) break;
    if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else if (quote === '"' && (char === '$' || char === '`')) return undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if ('$`&|;<>()*?'.includes(char)) return undefined;
    else if (char === '\\') word = (word ?? '') + (command[(at += 1)] ?? '');
    else word = (word ?? '') + char;
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}

/** Returns a command for deploy.json: its words, or a shell's if it needs one. */
export function toCommand(command: string): string[] {
  return splitWords(command.trim()) ?? ['sh', '-c', command.trim()];
}

/** Splits a script at `&&` and `;` outside of quotes and parentheses. */
export function splitSteps(script: string): string[] {
  const steps = [''];
  let quote: string | undefined;
  let depth = 0;
  for (let at = 0; at < script.length; at += 1) {
    const char = script[at]!;
    const isEnd = quote === undefined && depth === 0 && (char === ';' || script.startsWith('&&', at));
    if (isEnd) {
      steps.push('');
      if (char === '&') at += 1;
      continue;
    }
    if (char === quote) quote = undefined;
    else if (quote === undefined && (char === '"' || char === "'")) quote = char;
    else if (quote === undefined && '()'.includes(char)) depth += char === '(' ? 1 : -1;
    steps.push(steps.pop()! + char);
  }
  return steps.map((step) => step.trim()).filter((step) => step !== '');
}
