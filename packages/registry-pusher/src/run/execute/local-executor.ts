import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorOptions, FoundExecutor, RootFilesystem, RunExecutor, RunOptions } from '../executor.ts';
import type { RunStep } from '../run-step.ts';
import { runInChroot } from './chroot.ts';
import { prepareMounts } from './mount-sources.ts';
import { runInNamespaces } from './namespaces.ts';
import { assertOneUser, withOneUserHint } from './one-user.ts';
import { realOwners, RememberedOwners } from './owners.ts';
import { UnpackedRoot } from './root-filesystem.ts';
import { Scratch } from './scratch.ts';

/** How each way isolates, for the output. */
export const descriptions: Readonly<Record<RunExecutor['name'], string>> = {
  namespaces: 'in namespaces of its own (mounts, processes)',
  chroot: 'by chroot, because this machine allows no namespaces: without /proc',
  'user namespace': 'in a user namespace (newuidmap) with mounts and processes of its own',
  'user namespace of one user':
    'in a user namespace without other users, because newuidmap is missing or fails: chown fails',
};

/** Executes RUN as root of this machine, of a container, or of a user namespace. */
export class LocalExecutor implements RunExecutor {
  readonly name: RunExecutor['name'];
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
    const owners = this.#hasOneUser ? new RememberedOwners() : realOwners;
    return new UnpackedRoot({ directory: this.#next('root'), files, epoch, owners });
  }

  async run(step: RunStep, root: RootFilesystem, options: RunOptions): Promise<void> {
    if (!(root instanceof UnpackedRoot)) throw new TypeError('the root is of another executor');
    const directory = this.#next('mounts');
    try {
      if (this.#hasOneUser) assertOneUser(step, root.paths);
      const mounts = await prepareMounts(step, directory, this.#caches, options);
      await root.start();
      if (this.name === 'chroot') await runInChroot(step, root, mounts, directory, options);
      else await runInNamespaces(step, root, mounts, options, { setsGroups: !this.#hasOneUser });
    } catch (error) {
      throw this.#hasOneUser ? withOneUserHint(error) : error;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch.close();
  }

  get #hasOneUser(): boolean {
    return this.name === 'user namespace of one user';
  }

  get #caches(): string {
    return join(this.#scratch.directory, 'caches');
  }

  #next(name: string): string {
    return join(this.#scratch.directory, `${name}-${this.#count++}`);
  }
}
