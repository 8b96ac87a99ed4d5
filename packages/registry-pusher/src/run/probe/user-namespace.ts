import { canUseNamespaces } from '../execute/namespaces.ts';
import { findProgram, tryProgram } from '../execute/programs.ts';
import type { ProbedExecutor } from '../executor.ts';
import { RemoteExecutor } from '../remote/remote-executor.ts';

const waysOut =
  'run the job as root of its container, or where user namespaces and newuidmap are allowed, or use --builder docker';

/** Best first, each with the further options of unshare. */
const ways = [
  ['user namespace', ['--map-auto']],
  ['user namespace of one user', []],
] as const;

/**
 * Finds out whether a user who isn't root can execute RUN in a user namespace, by trying it. Files of an image have many owners,
 * so the namespace needs more than this user: newuidmap and a line in /etc/subuid and /etc/subgid give it more.
 */
export function probeUserNamespace(): ProbedExecutor {
  const unshare = findProgram('unshare');
  if (unshare === undefined) return refuse('this machine has no unshare (util-linux)');
  for (const [name, more] of ways) {
    const enter = [unshare, '--user', '--map-root-user', ...more, '--'];
    if (canUseNamespaces(enter)) return { executor: RemoteExecutor.found(name, enter) };
  }
  if (!tryProgram([unshare, '--user', '--', '/bin/sh', '-c', ':']).succeeds)
    return refuse('user namespaces are not allowed');
  return refuse('its user namespaces may not mount /proc');
}

function refuse(why: string): ProbedExecutor {
  return { reason: `this user isn't root, and ${why}: ${waysOut}` };
}
