import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord } from '../http/exchange.ts';
import type { SandboxUrls } from '../server/sandbox.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';
import { writeJson } from '../state/state-file.ts';

/** How to reach a background process. It writes this file, mode 0600, to its state directory. */
export interface ConnectionFile {
  /** Identifies this run, because another process may reuse its pid or port. */
  readonly id: string;
  readonly pid: number;
  /** The version of @tozo/sandbox. */
  readonly version: string;
  readonly startedAt: string;
  readonly urls: SandboxUrls;
  readonly tls?: SandboxTls | undefined;
  readonly apiKey: string;
  readonly gitlabToken: string;
  readonly gitlabJobToken: string;
  /** Authorizes `/_sandbox/` on the heroku port. */
  readonly adminToken: string;
}

const connectionPath = (dir: string): string => join(dir, 'connection.json');

/** Returns undefined if there is no valid connection file. */
export function readConnection(dir: string): ConnectionFile | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(connectionPath(dir), 'utf8'));
    return isConnection(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function writeConnection(dir: string, connection: ConnectionFile): void {
  writeJson(connectionPath(dir), connection);
}

/** Removes the file if this run wrote it. */
export function removeConnection(dir: string, id: string): void {
  if (readConnection(dir)?.id === id) rmSync(connectionPath(dir), { force: true });
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
