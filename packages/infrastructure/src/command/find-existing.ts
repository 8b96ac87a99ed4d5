import { InfrastructureError } from '../errors.ts';
import type { ReadApi } from './api.ts';
import { splitFile } from './split-file.ts';
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

/**
 * Returns which of the declared resources exist at Heroku and GitLab, and aren't in the state yet.
 * @param project the project's path or ID, if its name and namespace don't tell
 * @throws UnreadableError; InfrastructureError SETTINGS_INVALID for a `project` where several are declared
 */
export async function findExisting(
  file: TerraformFile,
  known: ReadonlySet<string>,
  { heroku, gitlab }: Apis,
  project?: string,
): Promise<ExistingResource[]> {
  const [apps, projects] = [splitFile(file, 'heroku_app'), splitFile(file, 'gitlab_project')];
  if (project !== undefined && projects.length > 1)
    throw new InfrastructureError(
      'SETTINGS_INVALID',
      `--project names one project, and ${file.path} declares ${projects.length}: run this without it, and terraform import for what isn't found.`,
    );
  const openIn = ({ resources, imports }: TerraformFile): DeclaredResource[] =>
    resources.filter(({ address }) => !known.has(address) && !(address in imports));
  const ofApps = apps.map(async (part) => {
    const app = await findApp(part, heroku);
    const open = openIn(part);
    return app
      ? [
          ...open.filter(({ type }) => type === 'heroku_app').map((resource) => appImport(resource, app)),
          ...(await herokuImports(open, String(app['name']), heroku)),
        ]
      : [];
  });
  const ofProjects = projects.map(async (part) => {
    const found = await findProject(part, gitlab, project ?? part.existingProject);
    const open = openIn(part);
    return found
      ? [
          ...open.filter(({ type }) => type === 'gitlab_project').map((resource) => projectImport(resource, found)),
          ...(await gitlabImports(open, String(found['id']), gitlab)),
        ]
      : [];
  });
  return (await Promise.all([...ofApps, ...ofProjects])).flat();
}

/** Returns the declared app as Heroku has it. @throws UnreadableError */
export async function findApp({ resources }: TerraformFile, read: ReadApi): Promise<Fields | undefined> {
  const name = resources.find(({ type }) => type === 'heroku_app')?.attributes['name'];
  return typeof name === 'string' ? readOne(read, `/apps/${encodeURIComponent(name)}`) : undefined;
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

/** Without a path, the project is looked for in the declared namespace, or the user's own. @throws UnreadableError */
export async function findProject(
  { resources }: TerraformFile,
  read: ReadApi,
  project?: string,
): Promise<Fields | undefined> {
  const declared = resources.find(({ type }) => type === 'gitlab_project')?.attributes;
  if (declared === undefined && project === undefined) return undefined;
  if (project !== undefined) return readOne(read, `/projects/${encodeURIComponent(project)}`);
  const namespace = declared?.['namespace_id'];
  const owner =
    namespace === undefined
      ? (await readOne(read, '/user'))?.['username']
      : (await readOne(read, `/namespaces/${Number(namespace)}`))?.['full_path'];
  const path =
    (declared?.['path'] as string | undefined) ??
    String(declared?.['name'])
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.-]+/g, '-');
  return owner === undefined
    ? undefined
    : readOne(read, `/projects/${encodeURIComponent(`${owner as string}/${path}`)}`);
}

function projectImport({ address, attributes }: DeclaredResource, project: Fields): ExistingResource {
  const ignored = ((attributes['lifecycle'] as Fields | undefined)?.['ignore_changes'] ?? []) as readonly string[];
  const [is, declared] = [project['visibility'], attributes['visibility_level']] as readonly (string | undefined)[];
  const differs = declared !== undefined && declared !== is && !ignored.includes('visibility_level');
  const warnings = differs ? [`the next apply makes the ${is} project ${declared}`] : [];
  return { to: address, id: String(project['id']), warnings };
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
): Promise<ExistingResource[]> {
  const found = resources.map(async ({ type, address, attributes }): Promise<ExistingResource[]> => {
    const kind = herokuKinds[type];
    const value = kind && attributes[kind.attribute];
    if (kind === undefined || typeof value !== 'string') return [];
    const exists = await readOne(read, `/apps/${app}/${kind.collection}/${encodeURIComponent(value)}`);
    return exists ? [{ to: address, id: `${app}:${value}`, warnings: [] }] : [];
  });
  return (await Promise.all(found)).flat();
}

async function gitlabImports(
  resources: readonly DeclaredResource[],
  project: string,
  read: ReadApi,
): Promise<ExistingResource[]> {
  const collect = (type: ProjectPart): Promise<Fields[]> => readPartsOfProject(read, project, type, resources);
  const [variables, branches, environments, guarded] = await Promise.all([
    collect('gitlab_project_variable'),
    collect('gitlab_branch_protection'),
    collect('gitlab_project_environment'),
    collect('gitlab_project_protected_environment'),
  ]);
  return resources.flatMap(({ type, address, attributes }): ExistingResource[] => {
    const named = (list: readonly Fields[], name: unknown): Fields | undefined =>
      list.find((one) => one['name'] === name);
    switch (type) {
      case 'gitlab_project_variable':
        return variableImport(address, attributes, variables, project);
      case 'gitlab_branch_protection':
        return named(branches, attributes['branch'])
          ? [{ to: address, id: `${project}:${String(attributes['branch'])}`, warnings: [] }]
          : [];
      case 'gitlab_project_environment': {
        const environment = named(environments, attributes['name']);
        return environment ? [{ to: address, id: `${project}:${String(environment['id'])}`, warnings: [] }] : [];
      }
      case 'gitlab_project_protected_environment':
        return named(guarded, attributes['environment'])
          ? [{ to: address, id: `${project}:${String(attributes['environment'])}`, warnings: [] }]
          : [];
      default:
        return [];
    }
  });
}

/** A variable with another scope is taken over only if it's the only one: then it's replaced, the new one first. */
function variableImport(
  address: string,
  attributes: Fields,
  variables: readonly Fields[],
  project: string,
): ExistingResource[] {
  const same = variables.filter(({ key }) => key === attributes['key']);
  const declared = (attributes['environment_scope'] as string | undefined) ?? '*';
  const exact = same.find((one) => one['environment_scope'] === declared);
  const taken = exact ?? (same.length === 1 ? same[0] : undefined);
  if (taken === undefined) return [];
  const scope = String(taken['environment_scope']);
  const warnings = [
    ...(exact
      ? []
      : [`its scope is ${scope}: the next apply creates it for ${declared} and then deletes the one for ${scope}`]),
    ...(taken['hidden'] === true ? ['it is hidden, so Terraform reads no value and sets it again'] : []),
  ];
  return [{ to: address, id: `${project}:${String(attributes['key'])}:${scope}`, warnings }];
}

/** Returns undefined for 404. @throws UnreadableError */
export async function readOne(read: ReadApi, path: string): Promise<Fields | undefined> {
  const { status, body } = await read(path);
  if (status === 404) return undefined;
  if (status !== 200 || typeof body !== 'object' || body === null) throw unreadableError(path, status);
  return body as Fields;
}

/** Where the API has what belongs to a project. */
const projectParts = {
  gitlab_project_variable: 'variables',
  gitlab_branch_protection: 'protected_branches',
  gitlab_project_environment: 'environments',
  gitlab_project_protected_environment: 'protected_environments',
} as const;
export type ProjectPart = keyof typeof projectParts;

/** Reads what a project has of a type, if one is declared. @throws UnreadableError */
export async function readPartsOfProject(
  read: ReadApi,
  project: string,
  type: ProjectPart,
  declared: readonly DeclaredResource[],
): Promise<Fields[]> {
  const isDeclared = declared.some((resource) => resource.type === type);
  return isDeclared ? readAll(read, `/projects/${project}/${projectParts[type]}?per_page=100`) : [];
}

/** Reads all pages of a list. @throws UnreadableError */
async function readAll(read: ReadApi, path: string): Promise<Fields[]> {
  const items: Fields[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const page = await read(next);
    // Protected environments are a feature of GitLab Premium.
    if (page.status === 404) return items;
    if (page.status !== 200 || !Array.isArray(page.body)) throw unreadableError(next, page.status);
    items.push(...(page.body as Fields[]));
    next = page.next;
  }
  return items;
}

function unreadableError(path: string, status: number): Error {
  return new UnreadableError(`GET ${path} responded with ${status}`);
}

/** The API didn't tell whether something exists. */
export class UnreadableError extends Error {}
