import { digestOf } from '@tozo/registry-pusher';
import { recordedHealthSchema } from '../config/schema.ts';
import type { DeployRecord } from '../state/records/record.ts';

/** Returns the record of a verified deploy of the app `shop`. */
export function recordOf(release: number, changes: Partial<DeployRecord> = {}): DeployRecord {
  return {
    version: 1,
    app: 'shop',
    commit: release.toString(16).padStart(40, '0'),
    release,
    releaseId: `id-${release}`,
    images: { web: digestOf(`image ${release}`) },
    processes: { web: { dynos: 1 } },
    health: recordedHealthSchema.parse({}),
    configVarNames: ['LOG_LEVEL'],
    builder: 'direct',
    result: 'verified',
    at: '2026-11-30T05:00:00.000Z',
    ...changes,
  };
}
