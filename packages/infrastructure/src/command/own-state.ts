import { InfrastructureError } from '../errors.ts';
import { resolveValue } from './resolve-value.ts';
import { declaredAddresses, type StoredResource } from './state.ts';
import type { DeclaredResource, TerraformFile } from './terraform-file.ts';

export interface Allowed {
  /** The addresses of apps and projects in the state that are declared under new names. */
  readonly rename?: readonly string[];
  /** The addresses of what may be destroyed. */
  readonly destroy?: readonly string[];
}

/** What a stack is recognized by. Addresses don't tell: every project's are alike. */
const kinds = ['heroku_app', 'gitlab_project'] as const;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Rejects the state of another project: with it, an apply would rename or destroy that project's resources. A state is one's own if
 * it has a declared app and a declared project, by ID or name.
 * @throws InfrastructureError STATE_INVALID
 */
export function assertOwnState(
  stored: readonly StoredResource[],
  file: TerraformFile,
  env: Env,
  allowed: Allowed = {},
): void {
  if (stored.length === 0) return;
  const confirmed = [...(allowed.rename ?? []), ...(allowed.destroy ?? [])];
  const compared = kinds.flatMap((type) => {
    const existing = stored.filter((one) => one.type === type);
    const declared = file.resources.filter((one) => one.type === type);
    if (existing.length === 0 || declared.length === 0) return [];
    const isOwn = existing.some(
      (one) => confirmed.includes(one.address) || declared.some((other) => isSame(one, other, file, stored, env)),
    );
    return [{ existing, declared, isOwn }];
  });
  const foreign = compared.filter(({ isOwn }) => !isOwn);
  const known = declaredAddresses(file);
  if (foreign.length === 0 && (compared.length > 0 || stored.some(({ address }) => known.has(address)))) return;
  const owner = foreign.length > 0 ? foreign.flatMap(({ existing }) => existing) : stored;
  const declares = foreign.flatMap(({ declared }) => declared.map((one) => declaredName(one, file, stored, env)));
  const renamed = foreign.flatMap(({ existing }) => existing.filter(({ address }) => known.has(address)));
  throw new InfrastructureError(
    'STATE_INVALID',
    `The state ${file.usesHttpBackend ? 'at TF_HTTP_ADDRESS' : `next to ${file.path}`} belongs to another project: it has ${listOf(owner.map(describeStored))}, and ${file.path} declares ${declares.length > 0 ? listOf(declares) : 'nothing of it'}. An apply would change or destroy what it has. Correct the address.${
      renamed.length > 0
        ? ` If that is the same under a new name, confirm it: tozo infrastructure apply ${renamed.map(({ address }) => `--rename ${address}`).join(' ')}`
        : ''
    }`,
  );
}

/** Returns the address with the name that people know: `heroku_app.shop (shop-live)`. */
export function describeStored({
  address,
  attributes,
  id,
}: Pick<StoredResource, 'address' | 'attributes' | 'id'>): string {
  const name = attributes['path_with_namespace'] ?? attributes['name'] ?? id;
  return typeof name === 'string' ? `${address} (${name})` : address;
}

/** What can't be told without Terraform is taken for the same. */
function isSame(
  { id, type, attributes: is }: StoredResource,
  { address, attributes }: DeclaredResource,
  file: TerraformFile,
  stored: readonly StoredResource[],
  env: Env,
): boolean {
  const imported = file.imports[address];
  const names = [id, is['name'], is['path_with_namespace']].map((name) => String(name).toLowerCase());
  if (imported !== undefined && names.includes(imported.toLowerCase())) return true;
  const valueOf = (name: string): unknown => resolveValue(attributes[name], file, stored, env);
  const isUnknown = (name: string): boolean => attributes[name] !== undefined && valueOf(name) === undefined;
  const isEqual = (name: string): boolean => isUnknown(name) || String(valueOf(name)) === String(is[name]);
  if (type === 'heroku_app') return isEqual('name');
  const isElsewhere = attributes['namespace_id'] !== undefined && !isEqual('namespace_id');
  const hasName = imported === undefined && isEqual('name');
  return !isElsewhere && (hasName || (attributes['path'] !== undefined && isEqual('path')));
}

function declaredName(
  { address, attributes }: DeclaredResource,
  file: TerraformFile,
  stored: readonly StoredResource[],
  env: Env,
): string {
  const name = file.imports[address] ?? resolveValue(attributes['name'], file, stored, env);
  return typeof name === 'string' ? `${address} (${name})` : address;
}

function listOf(names: readonly string[]): string {
  const [first, second, third] = names;
  const shown = [first, second, third].filter((name) => name !== undefined);
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(' and ');
}
