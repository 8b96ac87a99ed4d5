/** Connects to a sandbox in the background without loading the services. */
export { type ConnectOptions, connectSandbox, type SandboxConnection } from './background/connect.ts';
export type { SandboxStatus } from './background/status.ts';
export { hasStandIn } from './base/base-images.ts';
export type { DynoKind } from './dynos/dyno.ts';
export { SandboxError, type SandboxErrorCode } from './errors/sandbox-error.ts';
export type { Fault } from './faults/fault.ts';
export { describeFault, isUnfired as isFaultUnfired, type SetFault } from './faults/faults.ts';
export { faultPresets } from './faults/presets.ts';
export type { JournalEntry, JournalFilter, Service } from './journal/entry.ts';
export { type Har, toHar } from './journal/har.ts';
export type { SandboxTls } from './tls/serve-real-names.ts';
export { type Duration, parseDuration } from './time/duration.ts';
export type { TimeMove } from './time/time-move.ts';
