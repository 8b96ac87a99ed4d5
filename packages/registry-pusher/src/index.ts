export { RegistryPusherError, type RegistryPusherErrorCode } from './image/errors.ts';
export { formatImageReference, type ImageReference, parseImageReference, withDefaultTag } from './image/reference.ts';
export { type Digest, digestOf, isDigest, parseDigest, shortDigest } from './image/digest.ts';
export { type Blob, blobOf } from './image/blob.ts';
export { type Descriptor, mediaTypes } from './image/descriptor.ts';
export type { HistoryEntry, ImageConfig, RunConfig } from './image/config.ts';
export type { Manifest, ManifestFormat } from './image/manifest.ts';
export { defaultPlatform, type Platform } from './image/platform.ts';
export {
  type BlobLayer,
  type Image,
  imageOf,
  type Layer,
  type RemoteImage,
  type Repository,
  type StoredLayer,
  storedLayers,
  type UncompressedLayer,
} from './image/image.ts';
export { type BuilderChoice, chooseBuilder } from './build/choose.ts';
export { checkContext, type CheckedContext, contextDigest } from './build/direct/check-context.ts';
export { buildDirect, type DirectBuildOptions } from './build/direct/direct.ts';
export { buildWithDocker, type DockerBuildOptions, requireEngine } from './docker/builder/docker.ts';
export { similarNames } from './build/context/similar-names.ts';
export { type LockUse, lockPathOf } from './build/lock/base-lock.ts';
export { parseSourceDateEpoch } from './build/epoch.ts';
export { type ConfigChange, diffConfigs } from './inspect/diff-configs.ts';
export { diffImages, type FileChange, type ImageDiff } from './inspect/diff-images.ts';
export type { Aspect, FileState } from './tar/file-state.ts';
export { type InspectedImage, type InspectedLayer, inspectImage } from './inspect/inspect-image.ts';
export { compose, type ComposeOptions } from './build/compose/compose.ts';
export { previousImage, type PreviousOptions, type TaggedImage } from './build/compose/previous-image.ts';
export { push, type PushContext, type Pushed, type PushRequest, type Variant } from './build/compose/push.ts';
export type { ComposeRequest, FilesLayer, TarLayer } from './build/compose/request.ts';
export { herokuRules, type RegistryRules, rulesOf } from './image/registry-rules.ts';
export { imageForProcess } from './image/for-process.ts';
export { type Dockerfile, parseDockerfile } from './build/dockerfile/parse.ts';
export type { Instruction } from './build/dockerfile/instruction.ts';
export type { UnsupportedInstruction } from './build/dockerfile/unsupported.ts';
export type {
  BuildOptions,
  BuildRequest,
  BuiltImage,
  BuiltLayer,
  PreviousImage,
  ResolvedBase,
} from './build/builder.ts';
export type {
  BlobOutcome,
  GetImageOptions,
  PushedBlob,
  PushOptions,
  PushProgress,
  PushResult,
  RegistryClient,
  RegistryClientOptions,
  RegistryEndpoint,
} from './registry/client/client.ts';
export type { CredentialSource, IdentityToken, RegistryCredentials } from './registry/login/credentials.ts';
export { dockerCredentials, type DockerCredentialsOptions } from './registry/login/docker-credentials.ts';
export type { EngineOptions } from './docker/engine/engine-address.ts';
export { createRegistryClient } from './registry/create-client.ts';
export type { Lookup } from './registry/transport/lookup.ts';
export type { Timing } from './registry/transport/timing.ts';
