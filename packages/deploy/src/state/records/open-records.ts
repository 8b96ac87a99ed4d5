import { join } from 'node:path';
import type { ImagePublisher } from '../../ports.ts';
import { fileNameFor, stateDirectory } from '../state-directory.ts';
import { readLocalRecords, writeLocalRecord } from './local-records.ts';
import { type DeployRecord, isRecordOf, isSuccess } from './record.ts';
import {
  readRegistryRecord,
  readRolledBackRecord,
  type RecordRepository,
  writeRegistryRecord,
} from './registry-records.ts';

/** The deploys of one app, as far as records of them were kept. Reading never fails: without a record, there is none. */
export interface DeployRecords {
  /** Returns the newest successful deploy. */
  latest(): Promise<DeployRecord | undefined>;
  /** Returns the newest successful deploy of a commit, or the deploy of a release, whatever its result. */
  find(wanted: WantedRecord): Promise<DeployRecord | undefined>;
  /** Returns the newest deploy that was unhealthy and was rolled back. */
  rolledBack(): Promise<DeployRecord | undefined>;
  /** Returns the deploys from this machine, the newest release first. */
  list(): Promise<readonly DeployRecord[]>;
  /**
   * Stores a record in the state directory, and one of a success or a rollback in the registry too.
   * @returns undefined, or why it's stored in neither of them
   */
  write(record: DeployRecord): Promise<string | undefined>;
}

/** `id` is the release's: after an app was created again, another release has the same version. */
export type WantedRecord = { readonly commit: string } | { readonly release: number; readonly id?: string };

export interface RecordOptions {
  readonly app: string;
  /** Where the app is: Heroku and the sandbox may have apps of the same name. */
  readonly target: string;
  /** Default: tozo's state directory. */
  readonly directory?: string;
  /** Where every machine finds the records. Default: this machine only. */
  readonly registry?: { readonly publisher: ImagePublisher; readonly types: readonly string[] };
  readonly signal?: AbortSignal;
}

const maxWait = 15_000;

export function openRecords({ app, target, registry, signal, ...options }: RecordOptions): DeployRecords {
  const directory = join(options.directory ?? stateDirectory(), 'records', fileNameFor(target), fileNameFor(app));
  const repository = registry && repositoryOf(app, registry.publisher, registry.types);
  const limit = (): AbortSignal => AbortSignal.any([AbortSignal.timeout(maxWait), ...(signal ? [signal] : [])]);
  const local = () => readLocalRecords(directory, app);
  const remote = async (commit?: string): Promise<DeployRecord | undefined> => {
    const record = repository && (await readRegistryRecord(repository, commit, limit()).catch(() => undefined));
    return record?.app === app ? record : undefined;
  };
  const latest = async () => {
    const [here, there] = await Promise.all([local(), remote()]);
    const newest = here.find(isSuccess);
    return there && there.release > (newest?.release ?? 0) ? there : newest;
  };
  return {
    latest,
    async find(wanted) {
      const found = (await local()).find((record) => matches(record, wanted));
      if (found) return found;
      const record = await remote('commit' in wanted ? wanted.commit : undefined);
      return record && matches(record, wanted) ? record : undefined;
    },
    async rolledBack() {
      const there = repository && (await readRolledBackRecord(repository, limit()).catch(() => undefined));
      const here = (await local()).find(({ result }) => result === 'rolled-back');
      return there?.app === app && there.release > (here?.release ?? 0) ? there : here;
    },
    list: local,
    async write(record) {
      const stores = [
        writeLocalRecord(directory, record),
        ...(repository && (isSuccess(record) || record.result === 'rolled-back')
          ? [writeRegistryRecord(repository, record, limit())]
          : []),
      ];
      const results = await Promise.allSettled(stores);
      const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
      return failures.length < stores.length ? undefined : failures[0]!.message;
    },
  };
}

function matches(record: DeployRecord, wanted: WantedRecord): boolean {
  if ('commit' in wanted) return record.commit === wanted.commit && isSuccess(record);
  return isRecordOf(record, { version: wanted.release, id: wanted.id });
}

/** Chooses the web process's repository, or the first one's. */
function repositoryOf(app: string, publisher: ImagePublisher, types: readonly string[]): RecordRepository | undefined {
  const type = types.includes('web') ? 'web' : types[0];
  return type === undefined ? undefined : { publisher, repository: `${app}/${type}` };
}
