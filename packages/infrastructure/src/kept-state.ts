import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { InfrastructureError } from './errors.ts';

interface Target {
  readonly outputs?: unknown;
  readonly options?: Readonly<Record<string, unknown>>;
}
type Targets = Readonly<Record<string, Target>>;

/** Returns the path of the state that a file's backend `local` has; undefined for other backends. */
export function localStateOf(file: string, backend: unknown): string | undefined {
  const { local } = (backend ?? {}) as { readonly local?: { readonly path?: string } };
  return local && resolve(dirname(file), local.path ?? 'terraform.tfstate');
}

/**
 * Rejects a local state where builds remove it: below a directory `dist`, or in an output that project.json, package.json or
 * nx.json declares, which Nx deletes before it restores the output from its cache.
 * @param state the state's path
 * @param directory the project's
 * @throws InfrastructureError FILE_INVALID
 */
export function assertStateIsKept(state: string, directory: string): void {
  const root = workspaceOf(directory);
  const path = relative(root, resolve(directory, state));
  if (path.startsWith('..')) return;
  const reason = path.split(sep).slice(0, -1).includes('dist')
    ? 'below dist, which builds remove'
    : outputOf(path, root, directory);
  if (reason === undefined) return;
  throw new InfrastructureError(
    'FILE_INVALID',
    `The local state would be ${path}, ${reason}: synthesize elsewhere, such as to out/infrastructure/cdk.tf.json, or use GitLab-managed state.`,
  );
}

/** Returns which declared output the path is in. */
function outputOf(path: string, root: string, directory: string): string | undefined {
  for (const [name, { outputs, options }] of declaredTargets(root, directory))
    for (const output of Array.isArray(outputs) ? (outputs as unknown[]) : []) {
      const place = placeOf(String(output), relative(root, directory), options);
      if (place !== undefined && (path === place || path.startsWith(`${place}/`)))
        return `in ${place}, an output of the target ${name} that Nx removes`;
    }
  return undefined;
}

/** Returns an output's path in the workspace; undefined for one that is made of unknown options or names only some files. */
function placeOf(output: string, project: string, options: Target['options'] = {}): string | undefined {
  const known: Readonly<Record<string, unknown>> = { workspaceRoot: '.', projectRoot: project || '.' };
  const filled = output.replaceAll(/\{([^}]+)\}/g, (token, name: string) => {
    const value = known[name] ?? options[name.replace(/^options\./, '')];
    return typeof value === 'string' ? value : token;
  });
  const place = join(filled.replace(/(?:\/\*{1,2})+$/, '')).replace(/\/$/, '');
  return /[*?[\]{}!()]/.test(place) || place === '.' ? undefined : place;
}

function declaredTargets(root: string, directory: string): (readonly [string, Target])[] {
  const manifest = readJson(join(directory, 'package.json')) as { readonly nx?: { readonly targets?: Targets } };
  const project = readJson(join(directory, 'project.json')) as { readonly targets?: Targets };
  const defaults = readJson(join(root, 'nx.json')) as { readonly targetDefaults?: Targets };
  return [project.targets, manifest.nx?.targets, defaults.targetDefaults].flatMap((targets) =>
    Object.entries(targets ?? {}),
  );
}

function workspaceOf(directory: string): string {
  for (let at = resolve(directory); at !== dirname(at); at = dirname(at))
    if (existsSync(join(at, 'nx.json'))) return at;
  return resolve(directory);
}

/** Returns an empty object for a file that can't be read: Nx reports it. */
function readJson(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as object;
  } catch {
    return {};
  }
}
