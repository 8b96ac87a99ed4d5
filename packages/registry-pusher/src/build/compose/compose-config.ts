import { RegistryPusherError } from '../../image/errors.ts';
import type { RunConfig } from '../../image/config.ts';

/** Merges a run config into the base's. @throws RegistryPusherError CONFIG_INVALID */
export function composeConfig({ OnBuild: _, ...base }: RunConfig = {}, overrides: RunConfig = {}): RunConfig {
  const { Cmd, ...inherited } = base;
  const keepsCmd = Cmd !== undefined && overrides.Entrypoint === undefined;
  return {
    ...(keepsCmd ? base : inherited),
    ...overrides,
    ...withEnv(mergeEnv(base.Env ?? [], overrides.Env ?? [])),
    ...mergeSets('Labels', base, overrides),
    ...mergeSets('ExposedPorts', base, overrides),
    ...mergeSets('Volumes', base, overrides),
  };
}

function mergeEnv(base: readonly string[], overrides: readonly string[]): string[] {
  const byName = new Map(base.map((entry) => [nameOf(entry), entry]));
  for (const entry of overrides) {
    if (!/^[^=\0]+=[^\0]*$/s.test(entry))
      throw new RegistryPusherError('CONFIG_INVALID', `Invalid variable ${nameOf(entry)} in Env: expected NAME=value.`);
    byName.set(nameOf(entry), entry);
  }
  return [...byName.values()];
}

function nameOf(entry: string): string {
  return entry.split('=', 1)[0]!;
}

function mergeSets(field: 'Labels' | 'ExposedPorts' | 'Volumes', base: RunConfig, overrides: RunConfig): RunConfig {
  const set = { ...(base[field] as object | undefined), ...(overrides[field] as object | undefined) };
  return Object.keys(set).length === 0 ? {} : { [field]: set };
}

function withEnv(entries: readonly string[]): RunConfig {
  return entries.length === 0 ? {} : { Env: [...entries] };
}
