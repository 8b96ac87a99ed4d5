import type { SetFault } from '../faults/faults.ts';
import type { DynoKind } from '../dynos/dyno.ts';
import type { SandboxApp, SandboxUrls } from '../server/sandbox.ts';
import type { SandboxTls } from '../tls/serve-real-names.ts';

/** What a background process says of itself. */
export interface SandboxStatus {
  readonly id: string;
  readonly pid: number;
  /** Of @tozo/sandbox. */
  readonly version: string;
  /** ISO 8601 */
  readonly startedAt: string;
  readonly dir: string;
  readonly urls: SandboxUrls;
  readonly tls?: SandboxTls | undefined;
  readonly apps: readonly SandboxApp[];
  /** What shall go wrong, and what of it has. */
  readonly faults: readonly SetFault[];
  /** How many requests its journal holds. */
  readonly requests: number;
  /** Whether a request or a release is under way. */
  readonly busy: boolean;
  readonly idleMs: number;
  /** It ends by itself after so many minutes without a request. */
  readonly idleMinutes: number;
  readonly dynos: DynoKind;
}
