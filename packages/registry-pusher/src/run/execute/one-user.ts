import { RegistryPusherError } from '../../image/errors.ts';
import type { RunStep } from '../run-step.ts';
import type { Root } from './paths.ts';
import { resolveUser } from './user.ts';

/** With the set-user-ID bit, newuidmap of Debian 12 needs more capabilities than containers have. */
const wayOut =
  'Install newuidmap (package uidmap; in a container with setcap cap_setuid=ep, and newgidmap with cap_setgid=ep) and a line in /etc/subuid and /etc/subgid, or use --builder docker.';

/**
 * Checks that a RUN needs no user but root, where there is no other.
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED
 */
export function assertOneUser({ line, user, mounts }: RunStep, root: Root): void {
  const { uid, gid } = resolveUser(user, root);
  const mount = mounts.find((each) => 'uid' in each && (each.uid !== 0 || each.gid !== 0));
  if (uid === 0 && gid === 0 && mount === undefined) return;
  const what = mount === undefined ? `USER ${user}` : `the owner of the mount at ${mount.target}`;
  throw new RegistryPusherError(
    'INSTRUCTION_UNSUPPORTED',
    `Dockerfile line ${line}: RUN can't be executed with ${what}, because there are no other users than root here. ${wayOut}`,
  );
}

/** Programs report what can't work as they like. */
export function withOneUserHint(error: unknown): unknown {
  if (!(error instanceof RegistryPusherError) || error.code !== 'RUN_FAILED') return error;
  return new RegistryPusherError(
    'RUN_FAILED',
    `${error.message} There are no other users than root here, so chown fails. ${wayOut}`,
  );
}
