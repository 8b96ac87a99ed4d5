import { canUseNamespaces } from '../execute/namespaces.ts';
import { findProgram, tryProgram } from '../execute/programs.ts';
import type { ProbedExecutor } from '../executor.ts';
import { RemoteExecutor } from '../remote/remote-executor.ts';

const waysOut =
  'run the job as root of its container, or where user namespaces and newuidmap are allowed, or use --builder docker';

/**
 * Finds out whether a user who isn't root can execute RUN in a user namespace, by trying it. Files of an image have many owners,
 * so the namespace needs more than this user: newuidmap and a line in /etc/subuid and /etc/subgid give it more.
 */
export function probeUserNamespace(): ProbedExecutor {
  const unshare = findProgram('unshare');
  const enter = unshare === undefined ? undefined : [unshare, '--user', '--map-root-user', '--map-auto', '--'];
  if (enter !== undefined && canUseNamespaces(enter))
    return { executor: RemoteExecutor.found('user namespace', enter) };
  const alone = unshare === undefined ? undefined : [unshare, '--user', '--map-root-user', '--'];
  if (alone !== undefined && canUseNamespaces(alone))
    return { executor: RemoteExecutor.found('user namespace of one user', alone) };
  return { reason: `this user isn't root, and ${whyNot(unshare)}: ${waysOut}` };
}

/** Names the first thing that is missing. */
function whyNot(unshare: string | undefined): string {
  if (unshare === undefined) return 'this machine has no unshare (util-linux)';
  if (!tryProgram([unshare, '--user', '--', '/bin/sh', '-c', ':']).succeeds) return 'user namespaces are not allowed';
  return 'its user namespaces may not mount /proc';
}
