import type { StoredResource } from './state.ts';
import type { DeclaredResource, TerraformFile } from './terraform-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns what an attribute is declared as: a plain value, a reference to a variable by TF_VAR_NAME or its default, or to another
 * resource's attribute as declared or as in the state. Undefined if only Terraform can tell.
 */
export function resolveValue(
  value: unknown,
  file: TerraformFile,
  stored: readonly StoredResource[],
  env: Environment,
): unknown {
  if (typeof value !== 'string' || !value.includes('${')) return value ?? undefined;
  const [, type, name, attribute] = /^\$\{(\w+)\.([\w-]+)(?:\.(\w+))?\}$/.exec(value) ?? [];
  if (type === undefined || name === undefined) return undefined;
  if (type === 'var' && file.assignedVariables?.includes(name)) return undefined;
  if (type === 'var') return env[`TF_VAR_${name}`] ?? file.variableDefaults[name];
  if (attribute === undefined) return undefined;
  const address = `${type}.${name}`;
  const declared = file.resources.find((resource: DeclaredResource) => resource.address === address);
  const given = declared?.attributes[attribute];
  if (given !== undefined && !JSON.stringify(given).includes('${')) return given;
  return stored.find((resource) => resource.address === address)?.attributes[attribute] ?? undefined;
}
