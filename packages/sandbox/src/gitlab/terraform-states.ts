import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createStateDirectory, readJson, writeJson } from '../state/state-file.ts';

/** Who holds a state, and since when. */
export interface StateLock {
  readonly id: string;
  readonly who: string;
  readonly createdAt: string;
  readonly info: Readonly<Record<string, unknown>>;
}

/** One of a project's Terraform states, as stored on disk. */
export interface TerraformState {
  /** Oldest first. */
  readonly versions: readonly { readonly serial: number; readonly text: string }[];
  readonly lock?: StateLock;
}

/** Terraform's states in GitLab, one file each. A save is complete when it returns: readers see the old state or the new. */
export class TerraformStates {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
    createStateDirectory(dir);
  }

  find(project: number, name: string): TerraformState | undefined {
    const file = this.#file(project, name);
    return existsSync(file) ? (readJson(file) as TerraformState) : undefined;
  }

  save(project: number, name: string, state: TerraformState): void {
    writeJson(this.#file(project, name), state);
  }

  remove(project: number, name: string): void {
    rmSync(this.#file(project, name), { force: true });
  }

  removeProject(project: number): void {
    const files = readdirSync(this.#dir).filter((file) => file.startsWith(`${project}-`));
    for (const file of files) rmSync(join(this.#dir, file), { force: true });
  }

  #file(project: number, name: string): string {
    return join(this.#dir, `${project}-${name}.json`);
  }
}
