/** What reaches a sandbox that runs in a process of its own, without loading what it is made of. */
export { type ConnectOptions, connectSandbox, type SandboxConnection } from './background/connect.ts';
export type { SandboxStatus } from './background/status.ts';
export type { DynoKind } from './dynos/dyno.ts';
export { SandboxError, type SandboxErrorCode } from './errors/sandbox-error.ts';
export type { Fault } from './faults/fault.ts';
export { describeFault, isLeft as isFaultLeft, type SetFault } from './faults/faults.ts';
export { faultPresets } from './faults/presets.ts';
export type { JournalEntry, JournalFilter, Service } from './journal/entry.ts';
export { type Har, toHar } from './journal/har.ts';
export type { SandboxTls } from './tls/serve-real-names.ts';
