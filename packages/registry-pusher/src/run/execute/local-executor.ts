import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorOptions, FoundExecutor, RootFilesystem, RunExecutor, RunOptions } from '../executor.ts';
import type { RunStep } from '../run-step.ts';
import { runInChroot } from './chroot.ts';
import { prepareMounts } from './mount-sources.ts';
import { runInNamespaces } from './namespaces.ts';
import { UnpackedRoot } from './root-filesystem.ts';
import { Scratch } from './scratch.ts';

const descriptions = {
  namespaces: 'in namespaces of its own (mounts, processes)',
  chroot: 'by chroot, because this machine allows no namespaces: without /proc',
} as const;

/** Executes RUN as root of this machine, or of a container. */
export class LocalExecutor implements RunExecutor {
  readonly name: 'namespaces' | 'chroot';
  readonly description: string;
  readonly #scratch: Scratch;
  readonly #options: ExecutorOptions;
  #count = 0;

  private constructor(name: LocalExecutor['name'], scratch: Scratch, options: ExecutorOptions) {
    this.name = name;
    this.description = descriptions[name];
    this.#scratch = scratch;
    this.#options = options;
    mkdirSync(this.#caches);
  }

  static found(name: LocalExecutor['name']): FoundExecutor {
    const open = async (options: ExecutorOptions) => new LocalExecutor(name, await Scratch.create(), options);
    return { name, description: descriptions[name], open };
  }

  async openRoot(): Promise<RootFilesystem> {
    const { files, epoch } = this.#options;
    return new UnpackedRoot({ directory: this.#next('root'), files, epoch });
  }

  async run(step: RunStep, root: RootFilesystem, options: RunOptions): Promise<void> {
    if (!(root instanceof UnpackedRoot)) throw new TypeError('the root is of another executor');
    const directory = this.#next('mounts');
    try {
      const mounts = await prepareMounts(step, directory, this.#caches, options);
      await root.start();
      if (this.name === 'namespaces') await runInNamespaces(step, root, mounts, options, { setsGroups: true });
      else await runInChroot(step, root, mounts, directory, options);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch.close();
  }

  get #caches(): string {
    return join(this.#scratch.directory, 'caches');
  }

  #next(name: string): string {
    return join(this.#scratch.directory, `${name}-${this.#count++}`);
  }
}
