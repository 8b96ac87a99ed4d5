import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createStateDirectory, readJson, writeJson } from '../../state/state-file.ts';
import type { Clock } from '../../time/clock.ts';

export const pipelineStages = ['test', 'review', 'development', 'staging', 'production'] as const;
export type PipelineStage = (typeof pipelineStages)[number];

export interface Pipeline {
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly id: string; readonly type: string } | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An app's place in a pipeline. An app is in one pipeline at most. */
export interface PipelineCoupling {
  readonly id: string;
  readonly appId: string;
  readonly pipelineId: string;
  readonly stage: PipelineStage;
  readonly createdAt: string;
  readonly updatedAt: string;
}

interface Stored {
  readonly pipelines: readonly Pipeline[];
  readonly couplings: readonly PipelineCoupling[];
}

/** The pipelines and couplings, stored on disk in one file. A change is saved when its method returns; if it throws, nothing has changed. */
export class Pipelines {
  readonly #dir: string;
  readonly #clock: Clock;
  #stored: Stored = { pipelines: [], couplings: [] };

  /** @param dir the directory of the file, created with the first pipeline */
  constructor(dir: string, clock: Clock) {
    this.#dir = dir;
    this.#clock = clock;
    if (existsSync(this.#file)) this.#stored = readJson(this.#file) as Stored;
  }

  list(): readonly Pipeline[] {
    return this.#stored.pipelines;
  }

  find(id: string): Pipeline | undefined {
    return this.list().find((pipeline) => pipeline.id === id);
  }

  create({ name, owner }: Pick<Pipeline, 'name' | 'owner'>): Pipeline {
    const pipeline = { id: randomUUID(), name, owner, ...this.#createdNow() };
    this.#save({ ...this.#stored, pipelines: [...this.list(), pipeline] });
    return pipeline;
  }

  rename(id: string, name: string): void {
    const pipelines = this.list().map((one) =>
      one.id === id ? { ...one, name, updatedAt: this.#clock.timestamp() } : one,
    );
    this.#save({ ...this.#stored, pipelines });
  }

  /** Removes a pipeline and its couplings. */
  remove(id: string): void {
    this.#save({
      pipelines: this.list().filter((pipeline) => pipeline.id !== id),
      couplings: this.couplings().filter(({ pipelineId }) => pipelineId !== id),
    });
  }

  couplings(): readonly PipelineCoupling[] {
    return this.#stored.couplings;
  }

  /** Finds an app's coupling. */
  couplingOf(appId: string): PipelineCoupling | undefined {
    return this.couplings().find((coupling) => coupling.appId === appId);
  }

  couple(coupling: Pick<PipelineCoupling, 'appId' | 'pipelineId' | 'stage'>): PipelineCoupling {
    const created = { id: randomUUID(), ...coupling, ...this.#createdNow() };
    this.#save({ ...this.#stored, couplings: [...this.couplings(), created] });
    return created;
  }

  moveCoupling(id: string, stage: PipelineStage): void {
    const couplings = this.couplings().map((one) =>
      one.id === id ? { ...one, stage, updatedAt: this.#clock.timestamp() } : one,
    );
    this.#save({ ...this.#stored, couplings });
  }

  uncouple(id: string): void {
    this.#save({ ...this.#stored, couplings: this.couplings().filter((coupling) => coupling.id !== id) });
  }

  /** Removes a deleted app's coupling, if it has one. */
  forgetApp(appId: string): void {
    const coupling = this.couplingOf(appId);
    if (coupling) this.uncouple(coupling.id);
  }

  get #file(): string {
    return join(this.#dir, 'pipelines.json');
  }

  #save(stored: Stored): void {
    createStateDirectory(this.#dir);
    writeJson(this.#file, stored);
    this.#stored = stored;
  }

  #createdNow() {
    const now = this.#clock.timestamp();
    return { createdAt: now, updatedAt: now };
  }
}
