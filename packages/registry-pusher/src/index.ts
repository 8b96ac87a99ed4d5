export { RegistryPusherError, type RegistryPusherErrorCode } from './errors.ts';
export { formatImageReference, type ImageReference, parseImageReference, withDefaultTag } from './reference.ts';
export { type Digest, digestOf, isDigest, parseDigest, shortDigest } from './image/digest.ts';
export { type Descriptor, mediaTypes } from './image/descriptor.ts';
export type { HistoryEntry, ImageConfig, RunConfig } from './image/config.ts';
export type { Manifest, ManifestFormat } from './image/manifest.ts';
export { defaultPlatform, type Platform } from './image/platform.ts';
export {
  type Image,
  imageOf,
  type Layer,
  type NewLayer,
  type PackedLayer,
  type RemoteImage,
  type Repository,
  type StoredLayer,
  storedLayers,
} from './image/image.ts';
export { type BuilderChoice, chooseBuilder } from './builders/choose.ts';
export { checkContext, type CheckedContext, contextDigest } from './builders/check-context.ts';
export { describeDirect, type DirectOptions } from './builders/direct.ts';
export { type BuiltImage, buildWithDocker, type DockerOptions, requireEngine } from './builders/docker.ts';
export { type LockUse, lockPathOf } from './lock/base-lock.ts';
export { parseSourceDateEpoch } from './builders/epoch.ts';
export { type ConfigChange, diffConfigs } from './inspect/diff-configs.ts';
export { diffImages, type FileChange, type ImageDiff } from './inspect/diff-images.ts';
export type { Aspect, FileState } from './inspect/file-state.ts';
export { type InspectedImage, type InspectedLayer, inspectImage } from './inspect/inspect-image.ts';
export { compose, type ComposeOptions } from './compose/compose.ts';
export { previousImage, type PreviousOptions, type TaggedImage } from './compose/previous-image.ts';
export { push, type PushContext, type Pushed, type PushRequest, type Variant } from './compose/push.ts';
export type { ComposeRequest, FilesLayer, TarLayer } from './compose/request.ts';
export { herokuRules, type RegistryRules, rulesOf } from './image/registry-rules.ts';
export { imageForProcess } from './image/for-process.ts';
export { type Dockerfile, parseDockerfile } from './dockerfile/parse.ts';
export type { Instruction } from './dockerfile/instruction.ts';
export type { UnsupportedInstruction } from './dockerfile/unsupported.ts';
export type { BuildRequest, DescribedBase, DescribedImage, DescribedLayer, PreviousImage } from './builders/builder.ts';
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
} from './registry/client.ts';
export type { CredentialSource, IdentityToken, RegistryCredentials } from './registry/credentials.ts';
export { dockerCredentials, type DockerCredentialsOptions } from './registry/docker-credentials.ts';
export type { EngineOptions } from './docker/engine-address.ts';
export { createRegistryClient } from './registry/create-client.ts';
export type { Lookup } from './registry/lookup.ts';
export type { Timing } from './registry/timing.ts';
