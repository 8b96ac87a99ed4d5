import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { InfrastructureError } from '../errors.ts';
import { runProcess, type ProcessOptions } from './run-process.ts';

const programs = ['infrastructure.ts', 'infrastructure.mts', 'infrastructure.js', 'infrastructure.mjs'];

/** Where `infrastructure.mts` writes, relative to the project. */
export const synthesizedFile = 'out/infrastructure/cdk.tf.json';

/** Returns the name of the project's infrastructure.mts, if it has one. */
export function findProgram(directory: string): string | undefined {
  return programs.find((name) => existsSync(join(directory, name)));
}

/** When a program that doesn't end is mentioned, and when it's ended, in milliseconds. */
interface Limits {
  readonly noteAfter: number;
  readonly endAfter: number;
}

/**
 * Runs a project's infrastructure.mts, which writes `out/infrastructure/cdk.tf.json`. It gets no secrets: the file must not
 * contain them. Returns the file's path.
 * @throws InfrastructureError PROGRAM_MISSING, PROGRAM_FAILED
 */
export async function synthesizeProject(
  options: ProcessOptions,
  { noteAfter, endAfter }: Limits = { noteAfter: 10_000, endAfter: 300_000 },
): Promise<string> {
  const { cwd, env, again, onLine } = options;
  const program = findProgram(cwd);
  if (program === undefined)
    throw new InfrastructureError(
      'PROGRAM_MISSING',
      `${cwd} has no infrastructure.mts: create it as the README of @tozo/infrastructure shows, or run this in the project's directory.`,
    );
  const file = join(cwd, synthesizedFile);
  const before = modifiedAt(file);
  const args = [...loaderFor(program, cwd, env), program];
  const kept = Object.entries(env).filter((entry) => !isSecret(entry));
  const timeout = AbortSignal.timeout(endAfter);
  const note = setTimeout(() => onLine?.(`${program} is still running after ${noteAfter / 1000} s`), noteAfter);
  const { code } = await runProcess(process.execPath, args, {
    ...options,
    env: Object.fromEntries(kept),
    again: again ? AbortSignal.any([again, timeout]) : timeout,
  }).finally(() => clearTimeout(note));
  if (timeout.aborted)
    throw new InfrastructureError(
      'PROGRAM_FAILED',
      `${program} didn't end within ${endAfter / 1000} s: close what keeps it running, such as a server or a timer.`,
    );
  if (code !== 0)
    throw new InfrastructureError(
      'PROGRAM_FAILED',
      `${program} failed: correct it as its output above says${commonJsHint(program, cwd)}.${withheldHint(join(cwd, program), env)}`,
    );
  if (modifiedAt(file) === before) {
    const call = `await synthesize(stack, new URL('${synthesizedFile}', import.meta.url))`;
    throw new InfrastructureError(
      'PROGRAM_FAILED',
      `${program} didn't write ${relative(cwd, file)}: end it with ${call}.`,
    );
  }
  return file;
}

/** Node.js 22.18 and 23.6 run TypeScript by themselves, also as an ES module without a `type` in package.json. Before, tsx does. */
function loaderFor(program: string, cwd: string, env: NodeJS.ProcessEnv): string[] {
  if (!/\.m?ts$/.test(program) || /\btsx\b/.test(env['NODE_OPTIONS'] ?? '')) return [];
  if ('typescript' in process.features && process.features.typescript) return [];
  try {
    return [`--import=${createRequire(join(cwd, 'package.json')).resolve('tsx')}`];
  } catch (cause) {
    throw new InfrastructureError(
      'PROGRAM_MISSING',
      `Node.js ${process.versions.node} can't run ${program}: npm install --save-dev tsx, or use Node.js 22.18 or newer.`,
      { cause },
    );
  }
}

/** Without a `type`, tsx runs a file that ends in .ts as CommonJS, which has neither `import.meta` nor `await` outside a function. */
function commonJsHint(program: string, cwd: string): string {
  if (!/\.[jt]s$/.test(program)) return '';
  const manifest = findUp(cwd, 'package.json');
  const { type } = manifest === undefined ? {} : (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string });
  return type === 'module'
    ? ''
    : `, or, if that is about import or await, rename it to infrastructure.m${program.slice(-2)}`;
}

function findUp(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  if (existsSync(path)) return path;
  return dirname(directory) === directory ? undefined : findUp(dirname(directory), name);
}

/** Of the tools and clouds that jobs use, what is named like a credential, and addresses with a password. */
const secretNames = [
  /^(?:TF|HEROKU|AWS|AZURE|ARM|GOOGLE|GCP|CLOUDSDK|VAULT|DOCKER_AUTH)_/,
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE|APIKEY/i,
  /(?:^|_)(?:KEYS?|PAT|PASS|AUTH|JWT|DSN|COOKIE)(?:_|$)/i,
];
const urlWithPassword = /:\/\/[^\s/@]*:[^\s/@]+@/;

function isSecret([name, value]: readonly [string, string | undefined]): boolean {
  return secretNames.some((pattern) => pattern.test(name)) || urlWithPassword.test(value ?? '');
}

/** Says how to use the secrets that a program names and doesn't get. */
function withheldHint(program: string, env: NodeJS.ProcessEnv): string {
  const text = readFileSync(program, 'utf8');
  const used = Object.entries(env).flatMap((entry) =>
    isSecret(entry) && new RegExp(`\\b${entry[0].replaceAll(/\W/g, '\\$&')}\\b`).test(text) ? [entry[0]] : [],
  );
  if (used.length === 0) return '';
  return ` It doesn't get ${used.join(' and ')}, because everyone can read the file: declare a TerraformVariable, and set TF_VAR_ followed by its name.`;
}

function modifiedAt(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
}
