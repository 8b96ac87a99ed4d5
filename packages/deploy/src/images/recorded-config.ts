import type { DeployConfig } from '../config/schema.ts';
import { type DeployRecord, releasedImages } from '../state/records/record.ts';

/**
 * Returns the config with which a recorded version is released again: its own process types, declared dyno counts and health
 * check. Everything else is deploy.json's.
 */
export function recordedConfig(config: DeployConfig, record: DeployRecord): DeployConfig {
  const { versionHeader: _, ...health } = record.health;
  const { versionHeader, marker } = record;
  const provable = { ...health, ...(versionHeader && marker ? { versionHeader } : {}) };
  const processes = Object.keys(releasedImages(record)).map((type) => [
    type,
    { ...record.processes[type], ...(type === 'web' ? { health: provable } : {}) },
  ]);
  return { ...config, processes: Object.fromEntries(processes) as DeployConfig['processes'] };
}
