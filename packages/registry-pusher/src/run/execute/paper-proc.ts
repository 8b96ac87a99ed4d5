import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files of /proc that tell about the machine, and of one process. They stay what they were when the command started. */
const copied = [
  'cpuinfo',
  'filesystems',
  'loadavg',
  'meminfo',
  'stat',
  'uptime',
  'version',
  'self/stat',
  'self/statm',
  'self/status',
  'self/limits',
  'sys/kernel/hostname',
  'sys/kernel/osrelease',
  'sys/kernel/ostype',
  'sys/kernel/pid_max',
  'sys/kernel/random/boot_id',
  'sys/kernel/threads-max',
  'sys/net/core/somaxconn',
  'sys/vm/max_map_count',
  'sys/vm/overcommit_memory',
];

/** What tells about the machine's files and the job's process stays out. */
const written: Readonly<Record<string, string>> = {
  'self/cgroup': '0::/\n',
  'self/cmdline': '',
  'self/comm': 'run\n',
  'self/environ': '',
  'self/maps': '',
  'self/mountinfo': '1 0 0:1 / / rw - rootfs rootfs rw\n',
  'self/mounts': 'rootfs / rootfs rw 0 0\n',
};

/**
 * Writes static files that look like /proc. Where nothing can be mounted, programs that ask for memory, processors or the
 * kernel's version find them there. What needs the real one, such as /dev/stdin, doesn't work.
 */
export function writePaperProc(directory: string): void {
  emptyDirectory(directory);
  for (const name of copied) {
    try {
      write(join(directory, name), readFileSync(`/proc/${name}`));
    } catch {
      // This kernel has no such file.
    }
  }
  for (const [name, text] of Object.entries(written)) write(join(directory, name), text);
  symlinkSync('self/mounts', join(directory, 'mounts'));
}

/** Keeps the directory itself, which is a part of the image. */
export function emptyDirectory(directory: string): void {
  for (const name of readdirSync(directory)) rmSync(join(directory, name), { recursive: true, force: true });
}

function write(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(file, content);
  chmodSync(file, 0o444);
}
