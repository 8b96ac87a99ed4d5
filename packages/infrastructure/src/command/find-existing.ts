import { InfrastructureError } from '../errors.ts';
import type { ReadApi } from './api.ts';
import { describeChanges } from './describe-changes.ts';
import { declaredPathOf, findApp, findProject, type ProjectPart, readOne, readPartsOfProject } from './read-live.ts';
import { resolveValue } from './resolve-value.ts';
import { splitFile } from './split-file.ts';
import type { StoredResource } from './state.ts';
import type { DeclaredResource, TerraformFile } from './terraform-file.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A resource that exists, as an import block names it. */
export interface ExistingResource {
  readonly to: string;
  readonly id: string;
  /** What the next apply would do to it that may be a surprise. */
  readonly warnings: readonly string[];
}

export interface Apis {
  readonly heroku: ReadApi;
  readonly gitlab: ReadApi;
}

export interface Existing {
  readonly found: readonly ExistingResource[];
  /** What isn't taken over, and why. */
  readonly notes: readonly string[];
}

export interface FindOptions {
  /** The project's path or ID, if its name and namespace don't tell. */
  readonly project?: string | undefined;
  /** Values of variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Resolve = (value: unknown) => unknown;

/**
 * Returns which of the declared resources exist at Heroku and GitLab, and aren't in the state yet.
 * @throws UnreadableError; InfrastructureError SETTINGS_INVALID for a `project` that doesn't exist, or where several are declared
 */
export async function findExisting(
  file: TerraformFile,
  known: ReadonlySet<string>,
  { heroku, gitlab }: Apis,
  { project, env }: FindOptions,
): Promise<Existing> {
  const [apps, projects] = [splitFile(file, 'heroku_app'), splitFile(file, 'gitlab_project')];
  if (project !== undefined && projects.length > 1)
    throw new InfrastructureError(
      'SETTINGS_INVALID',
      `--project names one project, and ${file.path} declares ${projects.length}: run this without it, and terraform import for what isn't found.`,
    );
  const openIn = ({ resources, imports }: TerraformFile): DeclaredResource[] =>
    resources.filter(({ address }) => !known.has(address) && !(address in imports));
  const live = await Promise.all(apps.map((part) => findApp(part, heroku)));
  const resolve: Resolve = (value) =>
    resolveValue(
      value,
      file,
      live.flatMap((app, at) => storedApp(apps[at]!, app)),
      env,
    );

  const ofApps = apps.map(async (part, at): Promise<Existing> => {
    const app = live[at];
    const [open, declared] = [openIn(part), part.resources.find(({ type }) => type === 'heroku_app')];
    if (app === undefined)
      return { found: [], notes: declared && !known.has(declared.address) ? [missingApp(declared)] : [] };
    const own = open.filter((resource) => resource === declared).map((resource) => appImport(resource, app));
    return { found: [...own, ...(await herokuImports(open, String(app['name']), heroku, resolve))], notes: [] };
  });
  const ofProjects = projects.map(async (part): Promise<Existing> => {
    const named = project ?? part.existingProject;
    const found = await findProject(part, gitlab, named);
    const [open, declared] = [openIn(part), part.resources.find(({ type }) => type === 'gitlab_project')];
    if (found === undefined) {
      if (project !== undefined) throw missingProjectError(project);
      const path = named ?? (await declaredPathOf(part, gitlab));
      return { found: [], notes: declared && !known.has(declared.address) ? [missingProject(declared, path)] : [] };
    }
    const own = open
      .filter((resource) => resource === declared)
      .map((resource) => ({
        to: resource.address,
        id: String(found['id']),
        warnings: describeChanges(resource, found, resolve),
      }));
    const parts = await gitlabImports(part.resources, open, String(found['id']), gitlab, resolve);
    return { found: [...own, ...parts.found], notes: parts.notes };
  });
  const all = await Promise.all([...ofApps, ...ofProjects]);
  return { found: all.flatMap((one) => one.found), notes: all.flatMap((one) => one.notes) };
}

/** An app as the state would have it, for references to it. */
function storedApp({ resources }: TerraformFile, app: Fields | undefined): StoredResource[] {
  const declared = resources.find(({ type }) => type === 'heroku_app');
  if (app === undefined || declared === undefined) return [];
  return [{ address: declared.address, type: declared.type, id: String(app['id']), attributes: app, isTainted: false }];
}

function missingApp({ address, attributes }: DeclaredResource): string {
  return `${address}: Heroku has no app ${String(attributes['name'])} that HEROKU_API_KEY can see, so the next apply creates it`;
}

function missingProject({ address }: DeclaredResource, path: string | undefined): string {
  const where = path === undefined ? 'its namespace' : `a project ${path}`;
  return `${address}: GitLab doesn't have ${where}, or GITLAB_TOKEN can't see it: name another one with --project, or the next apply creates it`;
}

function missingProjectError(project: string): InfrastructureError {
  return new InfrastructureError(
    'SETTINGS_INVALID',
    `--project: GitLab has no project ${project}, or GITLAB_TOKEN can't see it. Nothing was written.`,
  );
}

function appImport({ address, attributes }: DeclaredResource, app: Fields): ExistingResource {
  const region = (app['region'] as Fields | undefined)?.['name'];
  const stack = (app['build_stack'] as Fields | undefined)?.['name'];
  const ignored = ((attributes['lifecycle'] as Fields | undefined)?.['ignore_changes'] ?? []) as readonly string[];
  const warnings = [
    ...(region !== attributes['region'] && !ignored.includes('region')
      ? [
          `the app is in the region ${String(region)}, not ${String(attributes['region'])}: declare region: '${String(region)}', because another region needs a new app`,
        ]
      : []),
    ...(stack === 'container' ? [] : [`the next apply changes its stack from ${String(stack)} to container`]),
  ];
  return { to: address, id: String(app['name']), warnings };
}

/** How an import block names what belongs to an app, and where the API has it. */
const herokuKinds: Readonly<Record<string, { readonly collection: string; readonly attribute: string }>> = {
  heroku_formation: { collection: 'formation', attribute: 'type' },
  heroku_domain: { collection: 'domains', attribute: 'hostname' },
  heroku_collaborator: { collection: 'collaborators', attribute: 'email' },
};

async function herokuImports(
  resources: readonly DeclaredResource[],
  app: string,
  read: ReadApi,
  resolve: Resolve,
): Promise<ExistingResource[]> {
  const found = resources.map(async (declared): Promise<ExistingResource[]> => {
    const { type, address, attributes } = declared;
    const kind = herokuKinds[type];
    const value = kind && attributes[kind.attribute];
    if (kind === undefined || typeof value !== 'string') return [];
    const exists = await readOne(read, `/apps/${app}/${kind.collection}/${encodeURIComponent(value)}`);
    return exists ? [{ to: address, id: `${app}:${value}`, warnings: describeChanges(declared, exists, resolve) }] : [];
  });
  return (await Promise.all(found)).flat();
}

/** @param open those of the declared ones that aren't in the state */
async function gitlabImports(
  resources: readonly DeclaredResource[],
  open: readonly DeclaredResource[],
  project: string,
  read: ReadApi,
  resolve: Resolve,
): Promise<Existing> {
  const collect = (type: ProjectPart): Promise<Fields[]> => readPartsOfProject(read, project, type, resources);
  const [variables, branches, environments, guarded] = await Promise.all([
    collect('gitlab_project_variable'),
    collect('gitlab_branch_protection'),
    collect('gitlab_project_environment'),
    collect('gitlab_project_protected_environment'),
  ]);
  const found = open.flatMap((declared): ExistingResource[] => {
    const { type, address, attributes } = declared;
    const named = (
      list: readonly Fields[],
      argument: string,
      idOf = ({ name }: Fields): unknown => name,
    ): ExistingResource[] => {
      const live = list.find(({ name }) => name === attributes[argument]);
      const warnings = (): string[] => describeChanges(declared, live!, resolve);
      return live ? [{ to: address, id: `${project}:${String(idOf(live))}`, warnings: warnings() }] : [];
    };
    switch (type) {
      case 'gitlab_project_variable':
        return variableImport(declared, variables, project, resolve);
      case 'gitlab_branch_protection':
        return named(branches, 'branch');
      case 'gitlab_project_environment':
        return named(environments, 'name', ({ id }) => id);
      case 'gitlab_project_protected_environment':
        return named(guarded, 'environment');
      default:
        return [];
    }
  });
  const declaredVariables = resources.filter(({ type }) => type === 'gitlab_project_variable');
  return { found, notes: describeOtherScopes(declaredVariables, variables) };
}

const scopeOf = (variable: Fields): string => (variable['environment_scope'] as string | undefined) ?? '*';

/** A variable with another scope is taken over only if it's the only one: then it's replaced, the new one first. */
function takenVariable({ attributes }: DeclaredResource, variables: readonly Fields[]): Fields | undefined {
  const same = variables.filter(({ key }) => key === attributes['key']);
  return same.find((one) => scopeOf(one) === scopeOf(attributes)) ?? (same.length === 1 ? same[0] : undefined);
}

function variableImport(
  declared: DeclaredResource,
  variables: readonly Fields[],
  project: string,
  resolve: Resolve,
): ExistingResource[] {
  const taken = takenVariable(declared, variables);
  if (taken === undefined) return [];
  const [scope, becomes] = [scopeOf(taken), scopeOf(declared.attributes)];
  const warnings = [
    ...(scope === becomes
      ? []
      : [`its scope is ${scope}: the next apply creates it for ${becomes} and then deletes the one for ${scope}`]),
    ...(taken['hidden'] === true ? ['it is hidden, so Terraform reads no value and sets it again'] : []),
    ...describeChanges(declared, taken, resolve),
  ];
  return [{ to: declared.address, id: `${project}:${String(taken['key'])}:${scope}`, warnings }];
}

/** Names what keeps the old value for other jobs, because no apply deletes it. */
function describeOtherScopes(declared: readonly DeclaredResource[], variables: readonly Fields[]): string[] {
  const scopes = (key: unknown): string[] =>
    declared.filter(({ attributes }) => attributes['key'] === key).map(({ attributes }) => scopeOf(attributes));
  const taken = new Set(declared.map((one) => takenVariable(one, variables)));
  return variables.flatMap((one) => {
    const own = scopes(one['key']);
    if (own.length === 0 || taken.has(one) || own.includes(scopeOf(one))) return [];
    const readers = scopeOf(one) === '*' ? 'every job can read it' : `the jobs of ${scopeOf(one)} can read it`;
    return [
      `the variable ${String(one['key'])} also exists with the scope ${scopeOf(one)}: ${readers}, and no apply deletes it. Delete it in the project's settings if nothing needs it`,
    ];
  });
}
