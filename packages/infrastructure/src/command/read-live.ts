import { projectPathOf } from '../project-path.ts';
import type { ReadApi } from './api.ts';
import type { DeclaredResource, TerraformFile } from './terraform-file.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Returns the declared app as Heroku has it, by its ID or else by its name. @throws UnreadableError */
export async function findApp({ resources }: TerraformFile, read: ReadApi, id?: string): Promise<Fields | undefined> {
  const name = id ?? resources.find(({ type }) => type === 'heroku_app')?.attributes['name'];
  return typeof name === 'string' ? readOne(read, `/apps/${encodeURIComponent(name)}`) : undefined;
}

/** Without a path, the project is looked for in the declared namespace, or the user's own. @throws UnreadableError */
export async function findProject(file: TerraformFile, read: ReadApi, project?: string): Promise<Fields | undefined> {
  const path = project ?? (await declaredPathOf(file, read));
  return path === undefined ? undefined : readOne(read, `/projects/${encodeURIComponent(path)}`);
}

/** Returns the path that the declared project has in its namespace. @throws UnreadableError */
export async function declaredPathOf({ resources }: TerraformFile, read: ReadApi): Promise<string | undefined> {
  const declared = resources.find(({ type }) => type === 'gitlab_project')?.attributes;
  if (declared === undefined) return undefined;
  const namespace = declared['namespace_id'];
  const owner =
    namespace === undefined
      ? (await readOne(read, '/user'))?.['username']
      : (await readOne(read, `/namespaces/${Number(namespace)}`))?.['full_path'];
  return owner === undefined ? undefined : `${owner as string}/${projectPathOf(declared) as string}`;
}

const roles: Readonly<Record<number, string>> = { 0: 'no one', 30: 'developer', 40: 'maintainer', 60: 'admin' };

/** Returns the role of a protection; undefined if it names users, groups or several roles. */
export function roleOf(levels: unknown): string | undefined {
  const all = (Array.isArray(levels) ? levels : []) as Fields[];
  const isPlain = all.length === 1 && !all[0]!['user_id'] && !all[0]!['group_id'];
  return isPlain ? roles[Number(all[0]!['access_level'])] : undefined;
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
