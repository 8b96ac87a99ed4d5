import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../http/exchange.ts';
import type { SandboxUrls } from '../server/sandbox.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';
import { writeJson } from '../state/state-file.ts';

/** What a running background process leaves in its state folder for others to find it; mode 0600. */
export interface ConnectionFile {
  /** Of this run of the process: tells it from another that has its pid or its port. */
  readonly id: string;
  readonly pid: number;
  /** Of @tozo/sandbox. */
  readonly version: string;
  readonly startedAt: string;
  readonly urls: SandboxUrls;
  readonly tls?: SandboxTls | undefined;
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
  /** Opens `/_sandbox/` on the heroku port. */
  readonly adminToken: string;
}

const pathIn = (dir: string): string => join(dir, 'connection.json');

/** Undefined when there is none, or when it is no connection file. */
export function readConnection(dir: string): ConnectionFile | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(pathIn(dir), 'utf8'));
    return isConnection(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function writeConnection(dir: string, connection: ConnectionFile): void {
  writeJson(pathIn(dir), connection);
}

/** Removes the file when it is this run's own. */
export function removeConnection(dir: string, id: string): void {
  if (readConnection(dir)?.id === id) rmSync(pathIn(dir), { force: true });
}

function isConnection(value: unknown): value is ConnectionFile {
  return (
    isRecord(value) &&
    typeof value['pid'] === 'number' &&
    isRecord(value['urls']) &&
    typeof value['urls']['heroku'] === 'string' &&
    ['id', 'version', 'apiKey', 'gitlabToken', 'gitlabJobToken', 'adminToken'].every(
      (name) => typeof value[name] === 'string',
    )
  );
}
