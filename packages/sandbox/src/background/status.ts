import type { SetFault } from '../faults/faults.ts';
import type { DynoKind } from '../dynos/dyno.ts';
import type { SandboxApp, SandboxUrls } from '../server/sandbox.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';

/** The status of a background process. */
export interface SandboxStatus {
  readonly id: string;
  readonly pid: number;
  /** The version of @tozo/sandbox. */
  readonly version: string;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly dir: string;
  readonly urls: SandboxUrls;
  readonly tls?: SandboxTls | undefined;
  readonly apps: readonly SandboxApp[];
  /** The faults and how often each has fired. */
  readonly faults: readonly SetFault[];
  /** The number of requests in the journal. */
  readonly requests: number;
  /** Whether a request or a release is in progress. */
  readonly busy: boolean;
  readonly idleMs: number;
  /** The process stops after this many minutes without a request. */
  readonly idleMinutes: number;
  readonly dynos: DynoKind;
}
