import { readFileSync } from 'node:fs';

/** Reads what the system shows of a process; undefined if it's not for this user. */
export interface ProcessReader {
  readonly environment: (pid: number) => string | undefined;
  readonly parent: (pid: number) => number | undefined;
}

/**
 * Returns why no RUN may be executed in this job: its own environment, or that of a process above it, holds the key of Heroku.
 * A RUN executes code of others, such as install scripts, and chroot doesn't keep root away from other processes.
 */
export function whyKeyInReach(
  env: Readonly<Record<string, string | undefined>> = process.env,
  reader: ProcessReader = systemReader,
  pid = process.pid,
): string | undefined {
  if (!isOn(env['CI'])) return undefined;
  if (env['HEROKU_API_KEY']) return reason('this CI job');
  for (
    let at = reader.parent(pid), depth = 0;
    at !== undefined && at > 0 && depth < 64;
    at = reader.parent(at), depth++
  )
    if (/(?:^|\0)HEROKU_API_KEY=[^\0]/.test(reader.environment(at) ?? '')) return reason(`process ${at} above it`);
  return undefined;
}

function isOn(ci: string | undefined): boolean {
  return ci !== undefined && ci !== '' && ci !== 'false' && ci !== '0';
}

function reason(who: string): string {
  return `${who} holds HEROKU_API_KEY, and RUN executes code that could read it: build in a job without the key, and let the deploy job push what it built`;
}

const systemReader: ProcessReader = {
  environment: (pid) => readProc(pid, 'environ'),
  parent: (pid) => {
    const stat = readProc(pid, 'stat');
    return stat === undefined ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  },
};

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
