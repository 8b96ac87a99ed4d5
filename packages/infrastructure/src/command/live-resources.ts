import type { ReadApi } from './api.ts';
import { findApp, findProject, type ProjectPart, readOne, readPartsOfProject, roleOf } from './read-live.ts';
import { resolveValue } from './resolve-value.ts';
import { splitFile } from './split-file.ts';
import { findStored, type StoredResource } from './state.ts';
import type { DeclaredResource, TerraformFile } from './terraform-file.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A declared resource as it exists: its attributes in Terraform's names; undefined if it doesn't exist. */
export interface LiveResource {
  readonly declared: DeclaredResource;
  readonly side: 'GitLab' | 'Heroku';
  readonly live: Fields | undefined;
}

export interface Known {
  readonly file: TerraformFile;
  readonly stored: readonly StoredResource[];
  /** Then what isn't in `stored` may be in the state. */
  readonly isStateUnknown?: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const nameOf = (value: unknown): unknown => (value as Fields | null | undefined)?.['name'];

/** Reads the declared apps and their formations at Heroku. Other types of resources aren't compared. @throws UnreadableError */
export async function readHeroku(known: Known, heroku: ReadApi): Promise<LiveResource[]> {
  return (await Promise.all(splitFile(known.file, 'heroku_app').map((part) => readApp(part, known, heroku)))).flat();
}

/** An app that the state has is read by its ID: its name may have changed. */
async function readApp(file: TerraformFile, { stored }: Known, heroku: ReadApi): Promise<LiveResource[]> {
  const declaredApp = file.resources.find(({ type }) => type === 'heroku_app');
  const id = declaredApp && findStored(declaredApp.address, stored, file)?.id;
  const app = await findApp(file, heroku, id);
  const compared = file.resources.map(async (declared): Promise<LiveResource[]> => {
    if (declared.type === 'heroku_app') {
      const live = app && { name: app['name'], region: nameOf(app['region']), stack: nameOf(app['build_stack']) };
      return [{ declared, side: 'Heroku', live }];
    }
    if (declared.type !== 'heroku_formation' || app === undefined) return [];
    const path = `/apps/${String(app['name'])}/formation/${encodeURIComponent(String(declared.attributes['type']))}`;
    return [{ declared, side: 'Heroku', live: await readOne(heroku, path) }];
  });
  return (await Promise.all(compared)).flat();
}

/** Reads the declared projects, their variables and protections at GitLab. @throws UnreadableError */
export async function readGitlab(known: Known, gitlab: ReadApi): Promise<LiveResource[]> {
  const parts = splitFile(known.file, 'gitlab_project');
  return (await Promise.all(parts.map((part) => readProject(part, known, gitlab)))).flat();
}

async function readProject(part: TerraformFile, known: Known, gitlab: ReadApi): Promise<LiveResource[]> {
  const { file, stored } = known;
  const ofType = (type: string): DeclaredResource[] => part.resources.filter((one) => one.type === type);
  const address = ofType('gitlab_project')[0]?.address;
  const id = (address && findStored(address, stored, file)?.id) ?? part.existingProject;
  const project = await findProject(part, gitlab, id);
  const collect = async (type: ProjectPart): Promise<Fields[]> =>
    project ? readPartsOfProject(gitlab, String(project['id']), type, part.resources) : [];
  const [variables, branches, guarded] = await Promise.all([
    collect('gitlab_project_variable'),
    collect('gitlab_branch_protection'),
    collect('gitlab_project_protected_environment'),
  ]);
  const valueOf = ({ attributes }: DeclaredResource, name: string): unknown =>
    resolveValue(attributes[name], file, stored, known.env);
  return [
    ...ofType('gitlab_project').map((declared) => ({
      declared,
      live: project && { ...project, visibility_level: project['visibility'] },
    })),
    ...ofType('gitlab_project_variable').map((declared) => ({
      declared,
      live: variables.find(
        (one) =>
          one['key'] === valueOf(declared, 'key') &&
          one['environment_scope'] === (valueOf(declared, 'environment_scope') ?? '*'),
      ),
    })),
    ...ofType('gitlab_branch_protection').map((declared) => {
      const branch = branches.find((one) => one['name'] === valueOf(declared, 'branch'));
      const levels = branch && {
        push_access_level: roleOf(branch['push_access_levels']),
        merge_access_level: roleOf(branch['merge_access_levels']),
      };
      return { declared, live: branch && { ...branch, ...levels } };
    }),
    ...ofType('gitlab_project_protected_environment').map((declared) => ({
      declared,
      live: guarded.find((one) => one['name'] === valueOf(declared, 'environment')),
    })),
  ].map((one) => ({ ...one, side: 'GitLab' as const }));
}
