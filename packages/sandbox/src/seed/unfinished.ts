import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../http/exchange.ts';
import { readJson, writeJson } from '../state/state-file.ts';

/** What a seed creates: an app or a GitLab project. */
export interface SeedItem {
  readonly kind: 'app' | 'project';
  readonly name: string;
}

/**
 * Notes in the state directory what a seed is creating, so that a sandbox killed in the middle doesn't keep half an app as if
 * it were whole.
 */
export class UnfinishedSeed {
  readonly #file: string;

  constructor(dir: string) {
    this.#file = join(dir, 'seeding.json');
  }

  /** Returns what was being created when the sandbox ended. Throws STATE_CORRUPT. */
  item(): SeedItem | undefined {
    if (!existsSync(this.#file)) return undefined;
    const { kind, name } = asRecord(readJson(this.#file));
    return (kind === 'app' || kind === 'project') && typeof name === 'string' ? { kind, name } : undefined;
  }

  /** Creates something, noted until it's whole. */
  async during(item: SeedItem, create: () => Promise<void> | void): Promise<void> {
    writeJson(this.#file, item);
    await create();
    this.clear();
  }

  clear(): void {
    rmSync(this.#file, { force: true });
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
