export { SandboxError, type SandboxErrorCode } from './errors.ts';
export { type Durations, herokuDurations } from './heroku/durations.ts';
export type { Journal, JournalEntry, JournalFilter, Service } from './journal.ts';
export type { Sandbox, SandboxApp, SandboxOptions, SandboxUrls } from './sandbox.ts';
export { startSandbox } from './server.ts';
export { type ConnectOptions, connectSandbox, type SandboxConnection } from './background/connect.ts';
export type { SandboxStatus } from './background/status.ts';
