import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InfrastructureError } from '../errors.ts';
import { localStateOf } from '../kept-state.ts';

type Attributes = Readonly<Record<string, unknown>>;

/** One resource in Terraform's JSON. */
export interface DeclaredResource {
  /** `gitlab_project.shop` */
  readonly address: string;
  readonly type: string;
  readonly attributes: Attributes;
}

/** What a synthesized file declares, as far as the commands need it. */
export interface TerraformFile {
  readonly path: string;
  readonly resources: readonly DeclaredResource[];
  /** The names of the variables without a default. */
  readonly requiredVariables: readonly string[];
  /** The other variables' defaults. */
  readonly variableDefaults: Attributes;
  readonly usesHttpBackend: boolean;
  /** What the file sets of an HTTP backend. TF_HTTP_* variables set the rest. */
  readonly httpBackend?: Attributes | undefined;
  /** The variables with a value in terraform.tfvars or *.auto.tfvars next to the file, which only Terraform reads. */
  readonly assignedVariables?: readonly string[];
  /** The path of a local state. */
  readonly localState?: string | undefined;
  /** The API of a self-managed GitLab. */
  readonly gitlabUrl: string | undefined;
  /** The addresses that resources had before, by their present one, from `moved` blocks. */
  readonly moved: Readonly<Record<string, string>>;
  /** The IDs in import blocks, by address. */
  readonly imports: Readonly<Record<string, string>>;
  /** The project that an import block takes over, by its path or ID. */
  readonly existingProject: string | undefined;
}

/** @throws InfrastructureError FILE_INVALID if there's no such file, or it isn't Terraform's JSON */
export async function readTerraformFile(path: string): Promise<TerraformFile> {
  try {
    const file = JSON.parse(await readFile(path, 'utf8')) as Attributes;
    return parse(path, file, await readAssignedVariables(dirname(path)));
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = isMissing
      ? `${path} doesn't exist: run tozo infrastructure synth.`
      : `${path} isn't a synthesized file: delete it and run tozo infrastructure synth.`;
    throw new InfrastructureError('FILE_INVALID', message, { cause });
  }
}

function parse(path: string, file: Attributes, assigned: readonly string[]): TerraformFile {
  const record = (value: unknown): Attributes => (value ?? {}) as Attributes;
  const list = (value: unknown): Attributes[] => (Array.isArray(value) ? value : value ? [value] : []) as Attributes[];
  const variables = Object.entries(record(file['variable'])).map(
    ([name, variable]) => [name, record(variable)] as const,
  );
  const resources = Object.entries(record(file['resource'])).flatMap(([type, byName]) =>
    Object.entries(record(byName)).map(([name, attributes]) => ({
      address: `${type}.${name}`,
      type,
      attributes: record(attributes),
    })),
  );
  const gitlab = list(record(file['provider'])['gitlab'])[0]?.['base_url'];
  const imports = list(file['import']);
  const backend = record(record(file['terraform'])['backend']);
  return {
    path,
    resources,
    requiredVariables: variables.flatMap(([name, variable]) =>
      'default' in variable || assigned.includes(name) ? [] : [name],
    ),
    variableDefaults: Object.fromEntries(
      variables.flatMap(([name, variable]) => ('default' in variable ? [[name, variable['default']]] : [])),
    ),
    usesHttpBackend: 'http' in backend,
    httpBackend: backend['http'] as Attributes | undefined,
    assignedVariables: assigned,
    localState: localStateOf(path, backend),
    gitlabUrl: typeof gitlab === 'string' ? gitlab : undefined,
    moved: Object.fromEntries(list(file['moved']).map(({ from, to }) => [String(to), String(from)])),
    imports: Object.fromEntries(imports.map(({ to, id }) => [String(to), String(id)])),
    existingProject: imports.find(({ to }) => String(to).startsWith('gitlab_project.'))?.['id'] as string | undefined,
  };
}

/** Terraform prefers these files to TF_VAR_*. @see https://developer.hashicorp.com/terraform/language/values/variables */
async function readAssignedVariables(directory: string): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) =>
    /^terraform\.tfvars(?:\.json)?$|\.auto\.tfvars(?:\.json)?$/.test(name),
  );
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts.flatMap((text) =>
    [...text.matchAll(/^[ \t{]*"?([A-Za-z_][\w-]*)"?[ \t]*[=:]/gm)].map(([, name]) => name!),
  );
}
