/** How an app starts, by a script of its package.json. */
export interface Start {
  /** As a Dockerfile's CMD. */
  readonly command: readonly string[];
  /** The file that Node runs, as the script names it. Absent if something else runs. */
  readonly file?: string;
}

/** Tools for development, which an image doesn't have. */
const developmentTools =
  /^(?:ts-node(?:-dev)?|nodemon|vite|react-scripts|ng|webpack(?:-dev-server)?|parcel|serve|http-server|live-server|nx|turbo|concurrently|pm2-dev|tsc-watch)$/;

/** Returns how a script starts an app, `development` if only a development tool does, and undefined for other scripts. */
export function parseStart(script: string): Start | 'development' | undefined {
  const words = splitWords(script);
  if (words === undefined) return undefined;
  while (words[0] !== undefined && (/^[A-Za-z_]\w*=/.test(words[0]) || /^(?:cross-env|npx|exec|env)$/.test(words[0])))
    words.shift();
  const [program, ...args] = words;
  if (program === undefined) return undefined;
  if (program === 'nest')
    return args[0] === 'start' && !args.includes('--watch') ? node(['dist/main.js']) : 'development';
  if (program === 'fastify') return undefined;
  if (developmentTools.test(program)) return 'development';
  if (program === 'tsx')
    return args[0] === 'watch' ? 'development' : { command: ['node', '--import=tsx', ...args], ...fileOf(args) };
  if (program !== 'node') return undefined;
  if (args.some((arg) => arg.startsWith('--watch'))) return 'development';
  return node(args);
}

/** Config vars take the place of a file with variables, which the image doesn't have: Node would end at once. */
function node(given: readonly string[]): Start {
  const args = given.filter((arg, at) => !/^--env-file(?:=|$)/.test(arg) && given[at - 1] !== '--env-file');
  return { command: ['node', ...args], ...fileOf(args) };
}

function fileOf(args: readonly string[]): Pick<Start, 'file'> {
  // Options with a value of their own, such as -r, have no file extension before the program's.
  const index = args.findIndex(
    (arg, at) => !arg.startsWith('-') && !/^(?:-r|--require|--import|--loader|--env-file)$/.test(args[at - 1] ?? ''),
  );
  const file = args[index];
  return file === undefined ? {} : { file: file.replace(/^\.\//, '') };
}

/** Splits a command at spaces, quotes respected. Undefined if it needs a shell. */
export function splitWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < command.length; at += 1) {
    const char = command[at]!;
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
