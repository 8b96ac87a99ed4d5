import type { Digest } from '../../image/digest.ts';
import type { RunCommand, RunMount } from '../run-step.ts';
import { digestOfFramed, type Framed } from './frame.ts';
import type { RunInputs } from './run-inputs.ts';

/**
 * The version of the key and of what an execution gives. Increment it when the same inputs would give another layer. 2: layers were
 * searched for build secrets when they were made.
 */
export const runFormatVersion = 2;

/**
 * Returns the key of a RUN: a digest over everything that it can see. A layer made under the same key is reused without
 * executing anything. It covers the bytes of the layers below rather than their keys, because a RUN that is executed again may
 * give other bytes, and what was built on the old ones must not stay. Proxies are outside: they say how a runner reaches the
 * network, not what is there.
 */
export function computeRunKey(inputs: RunInputs): Digest {
  const { step, executor, below } = inputs;
  return digestOfFramed([
    'tozo.run',
    runFormatVersion,
    executor,
    step.platform,
    below,
    frameCommand(step.command),
    // The exec form has no shell.
    step.command.form === 'exec' ? undefined : step.shell,
    step.user,
    step.workdir,
    step.env,
    step.network,
    step.mounts.map((_, index) => frameMount(index, inputs)),
  ]);
}

export function frameCommand(command: RunCommand): Framed {
  switch (command.form) {
    case 'exec':
      return [command.form, command.words];
    case 'shell':
      return [command.form, command.script];
    case 'script':
      return [command.form, command.name, command.content];
  }
}

/**
 * Frames a mount with its options. What a cache contains must not matter to the result, so neither does which cache it is; its
 * mount point does, because what is written there isn't in the layer.
 */
export function frameMount(index: number, { step, binds, secrets }: RunInputs): Framed {
  const mount: RunMount = step.mounts[index]!;
  switch (mount.type) {
    case 'bind':
      return [mount.type, mount.target, mount.readWrite, binds.get(index)];
    case 'secret': {
      const { type, id, target, env, required, mode, uid, gid } = mount;
      return [type, id, target, env, required, mode, uid, gid, secrets.has(id)];
    }
    case 'cache':
      return [mount.type, mount.target, mount.readOnly, mount.mode, mount.uid, mount.gid];
    case 'tmpfs':
      return [mount.type, mount.target, mount.size];
  }
}
