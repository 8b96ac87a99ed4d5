import type { Digest } from '../../image/digest.ts';
import { digestOfFramed, type Framed } from './frame.ts';
import { keyedArgs, type RunInputs, type RunMountInput } from './run-inputs.ts';

/** The version of the key and of what an execution gives. Increment it when the same inputs would give another layer. */
export const runFormatVersion = 1;

/**
 * Returns the key of a RUN: a digest over everything that it can see. A layer made under the same key is reused without
 * executing anything. It covers the bytes of the layers below rather than their keys, because a RUN that is executed again may
 * give other bytes, and what was built on the old ones must not stay.
 */
export function computeRunKey(inputs: RunInputs): Digest {
  return digestOfFramed([
    'tozo.run',
    runFormatVersion,
    inputs.executor,
    inputs.platform,
    inputs.below,
    inputs.command,
    // The exec form has no shell.
    typeof inputs.command === 'string' ? inputs.shell : undefined,
    inputs.heredocs,
    inputs.user,
    inputs.workingDir,
    inputs.env,
    keyedArgs(inputs.args),
    inputs.network,
    inputs.mounts.map(frameMount),
  ]);
}

function frameMount(mount: RunMountInput): Framed {
  switch (mount.type) {
    case 'bind':
      return [mount.type, mount.target, mount.readOnly, mount.content];
    case 'secret':
      return [mount.type, mount.id, mount.target, mount.env, mount.mode, mount.uid, mount.gid, mount.isPresent];
    case 'cache':
      return [mount.type, mount.target, mount.readOnly, mount.mode, mount.uid, mount.gid];
    case 'tmpfs':
      return [mount.type, mount.target, mount.size];
  }
}
