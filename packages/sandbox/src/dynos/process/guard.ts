import { type ChildProcess, spawn } from 'node:child_process';

// Reads `add WORD` and `drop WORD`; a word is the number of a process group, or a dyno's marker. When the pipe ends, for any
// reason, kills the groups and the marked processes that weren't dropped.
const script = `
trap '' HUP INT TERM
words=' '
while read -r verb word; do
  case $verb in
    add) words="$words$word " ;;
    drop) words="\${words%% $word *} \${words#* $word }" ;;
  esac
done
[ "$words" = ' ' ] && exit 0
marked() {
  patterns=''
  for word in $words; do case $word in *-*) patterns="$patterns -e $word" ;; esac; done
  [ -z "$patterns" ] && return
  if [ -r /proc/self/environ ]; then
    grep -lsaF $patterns /proc/[0-9]*/environ /proc/[0-9]*/mountinfo |
      while IFS=/ read -r root proc pid file; do echo "$pid"; done
  else
    ps -axEww -o pid=,command= | while read -r pid line; do
      for word in $words; do case $word in *-*) case $line in *"$word"*) echo "$pid" ;; esac ;; esac; done
    done
  fi
}
signal() {
  sent=''
  for word in $words; do
    case $word in *-*) ;; *) kill -s $1 -- "-$word" 2>/dev/null && sent=1 ;; esac
  done
  for pid in $(marked); do kill -s $1 "$pid" 2>/dev/null && sent=1; done
  [ -n "$sent" ]
}
signal TERM
for second in 1 2 3 4 5; do
  signal 0 || exit 0
  sleep 1
done
for second in 1 2 3 4 5; do
  signal KILL || exit 0
  sleep 1
done
`;

/**
 * Ensures that dynos end with this process, even by SIGKILL: a shell waits on a pipe that only this process holds open. It
 * sends SIGTERM, and SIGKILL five seconds later.
 */
export class Guard {
  #shell: ChildProcess | undefined;

  /** Adds a process group or a dyno's marker. */
  add(word: number | string): void {
    this.#shell ??= startShell();
    this.#shell.stdin?.write(`add ${word}\n`);
  }

  drop(word: number | string): void {
    this.#shell?.stdin?.write(`drop ${word}\n`);
  }

  /** Ends the shell, which kills what wasn't dropped. */
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
