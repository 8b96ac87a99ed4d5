export { createGeneralRegistry, type GeneralRegistryOptions } from './registry/general.ts';
export type { StartRegistryOptions } from './server/registry-options.ts';
export { type RunningRegistry, startRegistry } from './server/start-registry.ts';
export { SandboxError, type SandboxErrorCode } from './errors/sandbox-error.ts';
export { type Assumptions, assumptionSwitches, defaultAssumptions, otherAssumptions } from './server/assumptions.ts';
export type { Switch, Switches } from './assumptions/switches.ts';
export type { BodyChanges, Fault, FaultEffect, FaultTrigger, HeaderChanges } from './faults/fault.ts';
export { describeFault, type Faults, isUnfired as isFaultUnfired, type SetFault } from './faults/faults.ts';
export { faultPresets } from './faults/presets.ts';
export type { DynoKind } from './dynos/dyno.ts';
export { type Durations, herokuDurations } from './heroku/durations.ts';
export type { GitlabToken } from './gitlab/access.ts';
export type { JobDeployment } from './gitlab/job-deployment.ts';
export type { Journal } from './journal/journal.ts';
export {
  blobUploads,
  type JournalEntry,
  type JournalFilter,
  type JournalMessage,
  type JournalWrite,
  type Service,
  writesIn,
} from './journal/entry.ts';
export { type Expectation, expectInOrder, expectRequests } from './journal/expect.ts';
export { type Har, toHar } from './journal/har.ts';
export type { Seed, SeedApp, SeedFiles, SeedImage, SeedProcessType, SeedRelease } from './seed/seed.ts';
export type { SeedDeployment, SeedEnvironment, SeedProject, SeedVariable } from './seed/project.ts';
export type { Sandbox, SandboxApp, SandboxOptions, SandboxUrls } from './server/sandbox.ts';
export type { SandboxTime } from './time/sandbox-time.ts';
export type { Duration } from './time/duration.ts';
export type { TimeMove } from './time/time-move.ts';
export type { SandboxTls } from './tls/serve-real-names.ts';
export { startSandbox } from './server/server.ts';
export { type ConnectOptions, connectSandbox, type SandboxConnection } from './background/connect.ts';
export type { SandboxStatus } from './background/status.ts';
