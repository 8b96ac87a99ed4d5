export { SandboxError, type SandboxErrorCode } from './errors.ts';
export { type Journal, type JournalEntry, type JournalFilter, type Service } from './journal.ts';
export { type Durations, herokuDurations } from './heroku/durations.ts';
export { type Sandbox, type SandboxApp, type SandboxOptions, type SandboxUrls, startSandbox } from './server.ts';
export { connectSandbox, type ConnectOptions, type SandboxConnection } from './background/connect.ts';
export type { SandboxStatus } from './background/status.ts';
