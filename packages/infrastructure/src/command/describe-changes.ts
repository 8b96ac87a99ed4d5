import { roleOf } from './read-live.ts';
import type { DeclaredResource } from './terraform-file.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the providers set where the file leaves an argument out. They leave every other argument as it is. */
const defaults: Readonly<Record<string, Fields>> = {
  gitlab_project: { description: '' },
  gitlab_project_variable: { protected: false, masked: false, raw: false, variable_type: 'env_var', description: '' },
  gitlab_branch_protection: { allow_force_push: false, code_owner_approval_required: false },
  gitlab_project_environment: { external_url: '', description: '' },
};

/** What says which resource it is, or has a warning of its own. */
const notCompared = new Set(['lifecycle', 'project', 'environment_scope']);

/**
 * Says what an apply changes of an existing resource, without values of CI/CD variables. What only Terraform knows is left out.
 * @param live as the API has it
 * @param resolve returns what an argument is declared as
 */
export function describeChanges(
  { type, attributes }: DeclaredResource,
  live: Fields,
  resolve: (value: unknown) => unknown,
): string[] {
  const ignored = ((attributes['lifecycle'] as Fields | undefined)?.['ignore_changes'] ?? []) as readonly string[];
  const declared: Fields = { ...defaults[type], ...attributes };
  const found = {
    ...live,
    ...(type === 'gitlab_project' && { visibility_level: live['visibility'] }),
    ...rolesIn(live),
  };
  return Object.keys(declared).flatMap((name): string[] => {
    if (notCompared.has(name) || ignored.includes(name) || !(name in found)) return [];
    const [is, becomes] = [(found as Fields)[name] ?? '', resolve(declared[name])];
    if (becomes === undefined || isSame(name, is, becomes)) return [];
    if (name === 'value') return live['hidden'] === true ? [] : ['the next apply sets another value'];
    if (becomes === '') return [`the next apply deletes its ${name} ${show(is)}`];
    return [`the next apply changes its ${name} from ${show(is)} to ${show(becomes)}`];
  });
}

/** A protection's levels in the provider's words. */
function rolesIn(live: Fields): Fields {
  const levels = ['push_access_level', 'merge_access_level'] as const;
  return Object.fromEntries(
    levels.flatMap((name) => {
      const found = live[`${name}s`];
      return found === undefined ? [] : [[name, roleOf(found) ?? 'several roles or users']];
    }),
  );
}

/** Heroku writes Standard-1X, Terraform standard-1x. */
function isSame(name: string, one: unknown, other: unknown): boolean {
  const [a, b] = [show(one), show(other)];
  return name === 'size' ? a.toLowerCase() === b.toLowerCase() : a === b;
}

function show(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text);
}
