import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProbedExecutor } from '../executor.ts';
import { canMakeDevices } from '../execute/chroot.ts';
import { LocalExecutor } from '../execute/local-executor.ts';
import { canUseNamespaces } from '../execute/namespaces.ts';
import { findProgram, tryProgram } from '../execute/programs.ts';
import { Scratch } from '../execute/scratch.ts';
import { whyKeyInReach } from './key-in-reach.ts';
import { probeUserNamespace } from './user-namespace.ts';

const wayOut = 'run the job in a container with the default capabilities, or use --builder docker';
const programs = ['env', 'nsenter', 'mknod', 'cp'];

/** Finds out what this machine can execute RUN with, by trying it. */
export async function probeExecutor(): Promise<ProbedExecutor> {
  const key = whyKeyInReach();
  if (key !== undefined) return { reason: key };
  if (process.platform !== 'linux') return { reason: 'RUN is executed on Linux only' };
  const missing = programs.filter((name) => findProgram(name) === undefined);
  if (missing.length > 0)
    return { reason: `this machine has no ${missing.join(', ')} (util-linux and coreutils, or busybox)` };
  if (process.getuid!() !== 0) return probeUserNamespace();
  if (canUseNamespaces()) return { executor: LocalExecutor.found('namespaces') };
  const scratch = await Scratch.create();
  try {
    const reason = whyNoChroot(scratch.directory);
    if (reason !== undefined) return { reason };
  } finally {
    await scratch.close();
  }
  return { executor: LocalExecutor.found('chroot') };
}

function whyNoChroot(directory: string): string | undefined {
  const { succeeds, says } = tryProgram([findProgram('nsenter')!, '--root=/', '--wd=/', '--', '/bin/sh', '-c', ':']);
  if (!succeeds) return `neither namespaces nor chroot are allowed here (${says}): ${wayOut}`;
  if (!canMakeDevices(directory))
    return `neither namespaces nor device nodes in ${dirname(directory)} are allowed here: set TMPDIR to a directory on a disk, add the capability MKNOD, or use --builder docker`;
  const file = join(directory, 'owner-test');
  try {
    writeFileSync(file, '');
    chownSync(file, 1, 1);
    return undefined;
  } catch {
    return `root may not change the owners of files here: ${wayOut}`;
  } finally {
    rmSync(file, { force: true });
  }
}
