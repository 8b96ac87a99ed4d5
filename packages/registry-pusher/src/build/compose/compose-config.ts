import { RegistryPusherError } from '../../image/errors.ts';
import type { RunConfig } from '../../image/config.ts';

/** A base's run configuration with what is asked for on top. @throws RegistryPusherError CONFIG_INVALID */
export function composeConfig({ OnBuild: _, ...base }: RunConfig = {}, wanted: RunConfig = {}): RunConfig {
  const { Cmd, ...inherited } = base;
  const keepsCmd = Cmd !== undefined && wanted.Entrypoint === undefined;
  return {
    ...(keepsCmd ? base : inherited),
    ...wanted,
    ...filled('Env', mergeEnv(base.Env ?? [], wanted.Env ?? [])),
    ...merged('Labels', base, wanted),
    ...merged('ExposedPorts', base, wanted),
    ...merged('Volumes', base, wanted),
  };
}

function mergeEnv(base: readonly string[], wanted: readonly string[]): string[] {
  const byName = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const entry of wanted) {
    if (!/^[^=\0]+=[^\0]*$/s.test(entry))
      throw new RegistryPusherError(
        'CONFIG_INVALID',
        `The variable ${nameOf(entry)} in Env is not written NAME=value.`,
      );
    byName.set(nameOf(entry), entry);
  }
  return [...byName.values()];
}

function nameOf(entry: string): string {
  return entry.split('=', 1)[0]!;
}

function merged(field: 'Labels' | 'ExposedPorts' | 'Volumes', base: RunConfig, wanted: RunConfig): RunConfig {
  const set = { ...(base[field] as object | undefined), ...(wanted[field] as object | undefined) };
  return Object.keys(set).length === 0 ? {} : { [field]: set };
}

function filled(field: string, list: readonly string[]): RunConfig {
  return list.length === 0 ? {} : { [field]: list };
}
