import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InfrastructureError } from '../errors.ts';
import { connectGitlab, connectHeroku, readStateOverHttp } from './api.ts';
import { compareDeploy, compareLive, compareState, type DeployDeclaration, type Disagreement } from './compare.ts';
import { readGitlab, readHeroku } from './live-resources.ts';
import { findProgram, synthesizedFile } from './run-program.ts';
import { stateSetting } from './settings.ts';
import { parseState, type StoredResource } from './state.ts';
import { readTerraformFile, type TerraformFile } from './terraform-file.ts';

/** What `tozo doctor` finds out about a project's infrastructure, without Terraform. */
export interface Inspection {
  readonly disagreements: readonly Disagreement[];
  readonly unknown: readonly Unknown[];
  /** The number of resources that were compared with what exists. */
  readonly comparedCount: number;
}

/** What couldn't be compared, and why. */
export interface Unknown {
  readonly text: string;
  /** Whether a variable isn't set that is needed for it. */
  readonly isUnset: boolean;
}

export interface InspectionOptions {
  /** The project's directory. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly deploy: DeployDeclaration;
  readonly signal?: AbortSignal;
}

/**
 * Compares deploy.json, Terraform's file, its state, GitLab and Heroku, and says which one is off. Reads only, and doesn't lock the
 * state. What can't be read isn't judged.
 * @returns undefined if the project has no infrastructure
 */
export async function inspectInfrastructure(options: InspectionOptions): Promise<Inspection | undefined> {
  const { directory, env, deploy } = options;
  const path = join(directory, synthesizedFile);
  const program = findProgram(directory);
  const [written, edited] = await Promise.all([
    modifiedAt(path),
    program === undefined ? undefined : modifiedAt(join(directory, program)),
  ]);
  if (program === undefined && written === undefined) return undefined;

  const unknown: Unknown[] = [];
  const invalid: Disagreement[] = [];
  const attempt = async <T>(what: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof InfrastructureError && error.code === 'STATE_INVALID')
        invalid.push({ side: 'state', text: error.message });
      else unknown.push({ text: `${what}: ${reasonOf(error)}`, isUnset: error instanceof UnsetError });
      return undefined;
    }
  };
  const file = await attempt("Terraform's file", () => readTerraformFile(path));
  if (file === undefined) return { disagreements: [], unknown, comparedCount: 0 };
  const stored = await attempt('the state', () => readState(file, options));
  const known = { file, stored: stored ?? [], isStateUnknown: stored === undefined, env };
  const uses = (prefix: string): boolean => file.resources.some(({ type }) => type.startsWith(prefix));
  const live = await Promise.all([
    uses('heroku_')
      ? attempt('Heroku', async () => {
          assertSet('HEROKU_API_KEY', env);
          return readHeroku(known, connectHeroku(options));
        })
      : [],
    uses('gitlab_')
      ? attempt('GitLab', async () => {
          assertSet('GITLAB_TOKEN', env);
          return readGitlab(known, connectGitlab(file, options));
        })
      : [],
  ]);
  const resources = live.flatMap((found) => found ?? []);
  const isStale = written !== undefined && edited !== undefined && edited > written;
  const stale: Disagreement = {
    side: 'cdk.tf.json',
    text: `is older than ${program}: run tozo infrastructure synth`,
    remedy: 'synth',
  };
  return {
    disagreements: [
      ...invalid,
      ...(isStale ? [stale] : []),
      ...compareDeploy(deploy, known),
      ...compareState(known),
      ...compareLive(resources, known),
    ],
    unknown,
    comparedCount: resources.length,
  };
}

async function readState(file: TerraformFile, options: InspectionOptions): Promise<StoredResource[]> {
  if (file.usesHttpBackend) {
    if (!stateSetting(file, 'TF_HTTP_ADDRESS', options.env)?.trim()) throw new UnsetError('needs TF_HTTP_ADDRESS');
    return parseState(await readStateOverHttp(file, options));
  }
  const text = await readFile(file.localState ?? join(dirname(file.path), 'terraform.tfstate'), 'utf8').catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    },
  );
  return parseState(text);
}

class UnsetError extends Error {}

function assertSet(name: string, env: NodeJS.ProcessEnv): void {
  if (!env[name]?.trim()) throw new UnsetError(`needs ${name}`);
}

/** fetch says only that it failed; its cause says why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && message === 'fetch failed'
    ? cause.message || String((cause as NodeJS.ErrnoException).code)
    : message;
}

async function modifiedAt(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.mtimeMs;
}
