export {
  type Blob,
  type BlobLayer,
  blobOf,
  type BlobOutcome,
  createRegistryClient,
  type CredentialSource,
  defaultPlatform,
  type Descriptor,
  type Digest,
  digestOf,
  dockerCredentials,
  type DockerCredentialsOptions,
  formatImageReference,
  type GetImageOptions,
  herokuRules,
  type HistoryEntry,
  type IdentityToken,
  type Image,
  type ImageConfig,
  imageForProcess,
  imageOf,
  type ImageReference,
  isDigest,
  type Layer,
  layoutReference,
  type Lookup,
  type Manifest,
  type ManifestFormat,
  mediaTypes,
  parseDigest,
  parseImageReference,
  type Platform,
  type PushedBlob,
  type PushOptions,
  type PushProgress,
  type PushResult,
  type RegistryClient,
  type RegistryClientOptions,
  type RegistryCredentials,
  type RegistryEndpoint,
  RegistryPusherError,
  type RegistryPusherErrorCode,
  type RegistryRules,
  type RemoteImage,
  type Repository,
  rulesOf,
  type RunConfig,
  shortDigest,
  type StoredLayer,
  storedLayers,
  type Timing,
  type UncompressedLayer,
  withDefaultTag,
  withGitlabJob,
} from './registry/index.ts';
export {
  type Aspect,
  type ConfigChange,
  diffConfigs,
  diffImages,
  type FileChange,
  type FileState,
  type ImageDiff,
  type InspectedImage,
  type InspectedLayer,
  inspectImage,
} from './inspect/index.ts';
export { whyKeyInReach } from './run/probe/key-in-reach.ts';
export { probeExecutor } from './run/probe/probe-executor.ts';
export type { FoundExecutor, ProbedExecutor, RunExecutor } from './run/executor.ts';
export type { RunBuildOptions } from './build/direct/run-builder.ts';
export { type BuilderChoice, chooseBuilder, type InstructionSelection } from './build/choose.ts';
export { checkContext, type CheckedContext, contextDigest } from './build/direct/check-context.ts';
export { type NeededImage, neededImages } from './build/direct/images.ts';
export { buildDirect, type DirectBuildOptions } from './build/direct/build-direct.ts';
export { buildWithDocker } from './docker/builder/build-with-docker.ts';
export type { DockerBuildOptions } from './docker/builder/docker-build-options.ts';
export { makeDirectory } from './files/make-directory.ts';
export { readTextFile } from './files/read-text-file.ts';
export { similarNames } from './build/context/similar-names.ts';
export { type LockMode, lockPathOf } from './build/lock/base-lock.ts';
export { parseSourceDateEpoch } from './build/epoch.ts';
export { compose, type ComposeOptions } from './build/compose/compose.ts';
export { findPreviousImage, type FindPreviousOptions, type FoundImages } from './build/previous-image.ts';
export { push, type PushContext, type Pushed, type PushRequest, type Variant } from './build/compose/push.ts';
export type { ComposeRequest, FilesLayer, TarLayer } from './build/compose/request.ts';
export { type Dockerfile, parseDockerfile } from './build/dockerfile/parse.ts';
export type { Instruction } from './build/dockerfile/instruction.ts';
export type { RunPurpose } from './build/dockerfile/run-purpose.ts';
export type { UnsupportedInstruction } from './build/dockerfile/errors.ts';
export type {
  BuildOptions,
  BuildRequest,
  BuiltImage,
  BuiltLayer,
  PreviousImage,
  ResolvedBase,
} from './build/builder.ts';
export type { NamedSecret, SecretValue } from './files/secrets.ts';
export type { EngineOptions } from './docker/engine/address.ts';
export { assertEngineAvailable } from './docker/engine/connect-engine.ts';
export { type HandedOver, takeImage, type TakeImageOptions } from './build/handover/take-image.ts';
export { type CachePlace, gitlabCachePlace } from './run/cache/cache-place.ts';
export { type CacheOptions, readCache, writeCache } from './run/cache/cache-repository.ts';
export { defaultRunMaxAge, formatAge, parseAge } from './run/reuse/age.ts';
