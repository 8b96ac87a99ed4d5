import { projectPathOf } from './project-path.ts';

type Arguments = Readonly<Record<string, unknown>>;

/** The arguments that say which one a resource is. Two with the same would undo each other at every apply. */
const identities: Readonly<Record<string, readonly string[]>> = {
  heroku_app: ['name'],
  heroku_formation: ['app_id', 'type'],
  heroku_app_feature: ['app_id', 'name'],
  heroku_domain: ['hostname'],
  heroku_collaborator: ['app_id', 'email'],
  heroku_pipeline_coupling: ['app_id'],
  gitlab_project: ['namespace_id', 'path'],
  gitlab_project_variable: ['project', 'key', 'environment_scope'],
  gitlab_branch_protection: ['project', 'branch'],
  gitlab_project_environment: ['project', 'name'],
  gitlab_project_protected_environment: ['project', 'environment'],
};

/** Returns the pairs of resources in Terraform's JSON that are one and the same, in words. */
export function findDeclaredTwice({ resource = {} }: { readonly resource?: unknown }): string[] {
  return Object.entries(resource as Readonly<Record<string, Readonly<Record<string, Arguments>>>>).flatMap(
    ([type, byName]) => {
      const first = new Map<string, string>();
      return Object.entries(byName).flatMap(([name, given]): string[] => {
        const values = identities[type]?.map((argument) =>
          argument === 'path' ? projectPathOf(given) : given[argument],
        );
        if (values === undefined) return [];
        const key = JSON.stringify(values);
        const other = first.get(key);
        if (other === undefined) first.set(key, name);
        return other === undefined
          ? []
          : [
              `${type}.${other} and ${type}.${name} are the same: ${values.filter((value) => typeof value === 'string' || typeof value === 'number').join(', ')}`,
            ];
      });
    },
  );
}
