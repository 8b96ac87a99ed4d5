import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { InfrastructureError } from '../errors.ts';
import { assertStateIsKept } from '../kept-state.ts';
import { assertWriteAccess } from './access.ts';
import { connectGitlab, connectHeroku } from './api.ts';
import { type Existing, findExisting } from './find-existing.ts';
import { findTerraform } from './find-terraform.ts';
import { assertOwnState } from './own-state.ts';
import { assertNothingIsLost, describeDestruction } from './protected.ts';
import { UnreadableError } from './read-live.ts';
import { type PlannedChange, readPlan } from './read-plan.ts';
import { ignoredVariables, processOptions, type ProjectContext } from './project-context.ts';
import { commandOf, pullState, type Run, runnerOf } from './run-terraform.ts';
import { synthesizedFile, synthesizeProject } from './run-program.ts';
import { assertSettings } from './settings.ts';
import { describeTainted, type StoredResource } from './state.ts';
import { readTerraformFile, type TerraformFile } from './terraform-file.ts';

/** `tozo infrastructure synth`: writes `out/infrastructure/cdk.tf.json` and returns its path. */
export async function synthesizeFile(context: ProjectContext): Promise<string> {
  if (context.skipSynth) return join(context.directory, synthesizedFile);
  return synthesizeProject(processOptions(context));
}

/** `tozo infrastructure validate`: checks the file against the providers' schemas. Needs no state and no tokens. */
export async function validate(context: ProjectContext): Promise<void> {
  const { run } = await open(context);
  await run(['init', '-backend=false', '-input=false']);
  await run(['validate'], { isShown: true });
}

/** `tozo infrastructure plan`: shows what an apply would change, and changes nothing. */
export async function plan(context: ProjectContext): Promise<PlannedChange[]> {
  return withPlan(
    context,
    ({ changes, json, file }) => {
      const destruction = describeDestruction(json, file);
      if (destruction !== undefined) context.onLine(`warning: ${destruction}`);
      return Promise.resolve(changes);
    },
    { isShown: true },
  );
}

/** `tozo infrastructure drift`: compares what is declared with what exists. Changes nothing. */
export async function findDrift(context: ProjectContext): Promise<PlannedChange[]> {
  return withPlan(context, ({ changes }) => Promise.resolve(changes), { isShown: false });
}

/**
 * `tozo infrastructure apply`: carries out a plan after it was shown and confirmed, and nothing else. One that destroys an app, a
 * project, or something else with data is refused, unless that was allowed.
 * @returns what was changed; undefined if it wasn't confirmed
 */
export async function apply(
  context: ProjectContext,
  confirm: (changes: readonly PlannedChange[]) => Promise<boolean>,
): Promise<PlannedChange[] | undefined> {
  return withPlan(
    context,
    async ({ changes, json, planFile, file, stored, run, terraform }) => {
      assertNothingIsLost(json, file, context.allowed?.destroy);
      if (changes.length > 0) {
        await assertWriteAccess(file, stored, context);
        if (!(await confirm(changes))) return undefined;
      }
      try {
        await run(['apply', '-input=false', planFile], { isShown: true });
      } catch (error) {
        await noteTainted(run, terraform, context);
        throw error;
      }
      return changes;
    },
    { isShown: true },
  );
}

/**
 * `tozo infrastructure import`: writes import blocks for what exists and isn't in the state into `import.tf.json`, next to the
 * file. The next apply takes it over.
 * @param project the GitLab project's path or ID, if its name and namespace don't tell
 */
export async function writeImports(
  context: ProjectContext,
  project?: string,
): Promise<Existing & { readonly path: string }> {
  const { file, run } = await openChecked(context);
  await run(['init', '-input=false']);
  const known = new Set((await pullState(run)).map(({ address }) => address));
  const apis = { heroku: connectHeroku(context), gitlab: connectGitlab(file, context) };
  const { found, notes } = await findExisting(file, known, apis, { project, env: context.env }).catch(
    (cause: unknown) => {
      context.signal?.throwIfAborted();
      if (cause instanceof InfrastructureError) throw cause;
      const reason = cause instanceof UnreadableError ? cause.message : (cause as Error).message;
      throw new InfrastructureError(
        'ACCESS_DENIED',
        `Can't tell what exists: ${reason}. Check HEROKU_API_KEY and GITLAB_TOKEN.`,
        { cause },
      );
    },
  );
  const path = join(dirname(file.path), 'import.tf.json');
  if (found.length === 0) await rm(path, { force: true });
  else {
    await writeFile(`${path}.tmp`, `${JSON.stringify({ import: found.map(({ to, id }) => ({ to, id })) }, null, 2)}\n`);
    await rename(`${path}.tmp`, path);
  }
  return { path, found, notes };
}

interface Opened {
  readonly file: TerraformFile;
  readonly run: Run;
  /** Terraform with its directory, for messages. */
  readonly terraform: string;
}

async function open(context: ProjectContext): Promise<Opened> {
  const file = await readTerraformFile(await synthesizeFile(context));
  const ignored = ignoredVariables(context.env);
  if (ignored.length > 0)
    context.onLine(`warning: ${ignored.join(' and ')} would change what Terraform does: ignored.`);
  const found = await findTerraform(processOptions(context));
  return { file, run: runnerOf(found, file, context), terraform: commandOf(found, file, context) };
}

/** As `open`, for commands that read the state. Everything is checked before Terraform starts. */
async function openChecked(context: ProjectContext): Promise<Opened> {
  const opened = await open(context);
  if (opened.file.localState !== undefined) {
    assertStateIsKept(opened.file.localState, context.directory);
    await makePrivate(opened.file.localState);
  }
  assertSettings(opened.file, context.env);
  const left = join(dirname(opened.file.path), 'errored.tfstate');
  if (existsSync(left))
    throw new InfrastructureError(
      'STATE_INVALID',
      `${relative(context.directory, left)} has changes that couldn't be written to the state. Write them, and delete it: ${opened.terraform} state push errored.tfstate`,
    );
  return opened;
}

interface Planned extends Opened {
  readonly changes: PlannedChange[];
  /** The plan as JSON. */
  readonly json: string;
  readonly planFile: string;
  readonly stored: readonly StoredResource[];
}

/** Plans in a private directory, because a plan contains the variables' values, and deletes it afterwards. */
async function withPlan<T>(
  context: ProjectContext,
  use: (planned: Planned) => Promise<T>,
  { isShown }: { readonly isShown: boolean },
): Promise<T> {
  const opened = await openChecked(context);
  const { file, run, terraform } = opened;
  await run(['init', '-input=false']);
  const stored = await pullState(run);
  assertOwnState(stored, file, context.env, context.allowed);
  const tainted = describeTainted(stored, terraform);
  if (tainted !== undefined) context.onLine(`warning: ${tainted}`);
  const directory = await mkdtemp(join(tmpdir(), 'tozo-plan-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove); // also after an error that nothing catches
  try {
    const planFile = join(directory, 'plan');
    await run(['plan', '-input=false', `-out=${planFile}`], { isShown });
    const { stdout } = await run(['show', '-json', planFile]);
    return await use({ ...opened, changes: readPlan(stdout), json: stdout, planFile, stored });
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Says how to keep what an apply created and couldn't finish. Failing to read the state doesn't hide the first error. */
async function noteTainted(run: Run, terraform: string, { onLine }: ProjectContext): Promise<void> {
  const stored = await pullState(run).catch(() => []);
  const tainted = describeTainted(stored, terraform);
  if (tainted !== undefined) onLine(tainted);
}

/** Terraform keeps the mode of a state that exists. */
async function makePrivate(state: string): Promise<void> {
  for (const file of [state, `${state}.backup`]) if (existsSync(file)) await chmod(file, 0o600);
}
