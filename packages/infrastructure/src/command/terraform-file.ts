import { readFile } from 'node:fs/promises';
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
  /** The path of a local state. */
  readonly localState?: string | undefined;
  /** The API of a self-managed GitLab. */
  readonly gitlabUrl: string | undefined;
  /** The addresses that resources had before, from `moved` blocks. */
  readonly earlierAddresses: readonly string[];
  /** The IDs in import blocks, by address. */
  readonly imports: Readonly<Record<string, string>>;
  /** The project that an import block takes over, by its path or ID. */
  readonly existingProject: string | undefined;
}

/** @throws InfrastructureError FILE_INVALID if there's no such file, or it isn't Terraform's JSON */
export async function readTerraformFile(path: string): Promise<TerraformFile> {
  try {
    return parse(path, JSON.parse(await readFile(path, 'utf8')) as Attributes);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const message = isMissing
      ? `${path} doesn't exist: run tozo infrastructure synth.`
      : `${path} isn't a synthesized file: delete it and run tozo infrastructure synth.`;
    throw new InfrastructureError('FILE_INVALID', message, { cause });
  }
}

function parse(path: string, file: Attributes): TerraformFile {
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
    requiredVariables: variables.flatMap(([name, variable]) => ('default' in variable ? [] : [name])),
    variableDefaults: Object.fromEntries(
      variables.flatMap(([name, variable]) => ('default' in variable ? [[name, variable['default']]] : [])),
    ),
    usesHttpBackend: 'http' in backend,
    localState: localStateOf(path, backend),
    gitlabUrl: typeof gitlab === 'string' ? gitlab : undefined,
    earlierAddresses: list(file['moved']).map(({ from }) => String(from)),
    imports: Object.fromEntries(imports.map(({ to, id }) => [String(to), String(id)])),
    existingProject: imports.find(({ to }) => String(to).startsWith('gitlab_project.'))?.['id'] as string | undefined,
  };
}
