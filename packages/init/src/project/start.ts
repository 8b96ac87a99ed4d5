import { splitWords } from './command-words.ts';
import type { Manifest } from './manifest.ts';
import { isDevelopment, missingPackage, packageOf } from './programs.ts';
import { type Step, stepsOf } from './script-steps.ts';

/** How an app starts. */
export interface Start {
  /** As a Dockerfile's CMD. */
  readonly command: readonly string[];
  /** The file that Node runs, as the script names it. Absent if something else runs. */
  readonly file?: string;
  /** What has to run before a new version starts, and once: migrations. */
  readonly release?: readonly string[];
  /** Migrations and steps that only make files, as the script has them. */
  readonly migrations?: readonly string[];
  readonly builds?: readonly string[];
  /** The words of its commands, among which are files. */
  readonly words: readonly string[];
  /** The devDependency whose command migrates. */
  readonly missing?: string;
}

/** Why a script can't start an app in an image. */
export interface Unfit {
  readonly program: string;
  /** The devDependency that it's of. Absent for a tool for development. */
  readonly package?: string;
}

type Declared = Pick<Manifest, 'scripts' | 'dependencies' | 'devDependencies'>;

/**
 * Returns how a script of package.json starts an app, or why it can't. What runs before the server is a migration, a build, or
 * stays before it.
 */
export function parseStart(name: string, manifest: Declared): Start | Unfit | undefined {
  const steps = stepsOf(name, manifest.scripts);
  const last = steps.at(-1);
  if (last === undefined) return undefined;
  return withSteps(readServer(name, last.text, steps.length === 1, manifest), steps.slice(0, -1), manifest);
}

/** Returns what a script does before the server, with another server. */
export function replaceServer(name: string, manifest: Declared, server: Start): Start {
  return withSteps(server, stepsOf(name, manifest.scripts).slice(0, -1), manifest) as Start;
}

function withSteps(server: Start | Unfit, before: readonly Step[], manifest: Declared): Start | Unfit {
  if ('program' in server) return server;
  const migrations = before.filter(({ isMigration }) => isMigration).map(({ text }) => text);
  const builds = before.filter(({ isBuild }) => isBuild).map(({ text }) => text);
  const kept = before.filter((step) => !step.isMigration && !step.isBuild).map(({ text }) => forShell(text, manifest));
  const release = migrations.map((text) => forShell(text, manifest));
  const missing = migrations.map((text) => missingPackage(programOf(text), manifest)).find((one) => one !== undefined);
  const serverText = server.command[0] === 'sh' ? server.command[2]! : `exec ${server.command.map(quote).join(' ')}`;
  return {
    ...server,
    ...(kept.length === 0 ? {} : { command: ['sh', '-c', [...kept, serverText].join(' && ')] }),
    ...(release.length === 0 ? {} : { release: toWords(release) }),
    ...(missing === undefined ? {} : { missing }),
    migrations,
    builds,
    words: [...server.words, ...[...migrations, ...kept].flatMap((text) => text.split(/[\s"';|&]+/))],
  };
}

function readServer(name: string, text: string, isAlone: boolean, manifest: Declared): Start | Unfit {
  const words = splitWords(text);
  const { variables, words: rest } = withoutPrefix(words ?? text.split(/\s+/));
  const [program = '', ...args] = rest;
  if (program === 'nest' && args[0] === 'start' && !isDevelopment(rest)) return node(variables, ['dist/main.js']);
  if (isDevelopment(rest)) return { program };
  const missing = missingPackage(program, manifest);
  if (missing !== undefined) return { program, package: missing };
  const isShell = words === undefined;
  if (isShell && program === 'node' && !/[|&<>`]|\$\(/.test(text))
    return { ...node(variables, args), command: ['sh', '-c', `exec ${forShell(text, manifest)}`] };
  if (!isShell && program === 'node') return node(variables, args);
  if (!isShell && program === 'tsx') return { ...node(variables, ['--import=tsx', ...args]), words: args };
  if (isAlone) return { command: ['npm', 'run', '--silent', name], words: args };
  return { command: isShell ? ['sh', '-c', text] : toWords([forShell(text, manifest)]), words: args };
}

/** Config vars take the place of a file with variables, which the image doesn't have: Node would end at once. */
function node(variables: readonly string[], given: readonly string[]): Start {
  const args = given.filter((arg, at) => !/^--env-file(?:=|$)/.test(arg) && given[at - 1] !== '--env-file');
  const prefix = variables.length === 0 ? [] : ['env', ...variables];
  return { command: [...prefix, 'node', ...args], ...fileOf(args), words: args };
}

function fileOf(args: readonly string[]): Pick<Start, 'file'> {
  // Options with a value of their own, such as -r, have no file extension before the program's.
  const index = args.findIndex(
    (arg, at) => !arg.startsWith('-') && !/^(?:-r|--require|--import|--loader|--env-file)$/.test(args[at - 1] ?? ''),
  );
  const file = args[index];
  return file === undefined ? {} : { file: file.replace(/^\.\//, '') };
}

/** Separates the variables of a command. The Dockerfile sets NODE_ENV, and Heroku sets PORT. */
function withoutPrefix(words: readonly string[]): { readonly variables: string[]; readonly words: string[] } {
  const isPrefix = (word: string): boolean => isVariable(word) || /^(?:cross-env|npx|exec|env)$/.test(word);
  const end = words.findIndex((word) => !isPrefix(word));
  const prefix = end < 0 ? words : words.slice(0, end);
  return {
    variables: prefix.filter((word) => isVariable(word) && !/^(?:NODE_ENV=production$|PORT=)/.test(word)),
    words: end < 0 ? [] : words.slice(end),
  };
}

const isVariable = (word: string): boolean => /^[A-Za-z_]\w*=/.test(word);
const prefixPattern = /^((?:[A-Za-z_]\w*=\S*\s+)*)(?:(?:npx(?:\s+--no(?:-install)?)?|cross-env|exec|pnpm\s+exec)\s+)*/;

function programOf(text: string): string {
  return withoutPrefix(text.split(/\s+/)).words[0] ?? '';
}

/** Returns a command as the image's shell finds it, which doesn't know the commands of packages. */
function forShell(text: string, declared: Declared): string {
  const [prefix = '', variables = ''] = prefixPattern.exec(text) ?? [];
  const rest = text.slice(prefix.length).replaceAll(/\s--env-file[= ]\S+/g, '');
  const isOfPackage = packageOf(programOf(text), declared) !== undefined;
  return `${variables}${isOfPackage ? 'node_modules/.bin/' : ''}${rest}`;
}

/** Returns commands as one without a shell, if it needs none. */
function toWords(texts: readonly string[]): string[] {
  const shell = texts.join(' && ');
  const words = texts.length === 1 ? splitWords(shell) : undefined;
  if (words === undefined) return ['sh', '-c', shell];
  return isVariable(words[0] ?? '') ? ['env', ...words] : words;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
