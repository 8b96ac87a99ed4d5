import { type ChildProcess, spawn } from 'node:child_process';

// Reads `add GROUP` and `drop GROUP`. When the pipe ends, for any reason, kills the groups that weren't dropped.
const script = `
trap '' HUP INT TERM
groups=' '
while read -r verb group; do
  case $verb in
    add) groups="$groups$group " ;;
    drop) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
for second in 1 2 3 4 5; do
  alive=''
  for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && alive=1; done
  [ -z "$alive" ] && exit 0
  sleep 1
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

/**
 * Ensures that process groups end with this process, even by SIGKILL: a shell waits on a pipe that only this process holds
 * open. It sends SIGTERM, and SIGKILL five seconds later.
 */
export class Guard {
  #shell: ChildProcess | undefined;

  add(group: number): void {
    this.#shell ??= startShell();
    this.#shell.stdin?.write(`add ${group}\n`);
  }

  drop(group: number): void {
    this.#shell?.stdin?.write(`drop ${group}\n`);
  }

  /** Ends the shell, which kills groups that weren't dropped. */
  close(): void {
    this.#shell?.stdin?.end();
    this.#shell = undefined;
  }
}

function startShell(): ChildProcess {
  const shell = spawn('/bin/sh', ['-c', script, 'tozo-sandbox-guard'], {
    // In its own session, a terminal's Ctrl-C doesn't reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
  });
  shell.stdin?.on('error', () => undefined);
  shell.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return shell;
}
