export { RegistryPusherError, type RegistryPusherErrorCode } from '../image/errors.ts';
export {
  formatImageReference,
  type ImageReference,
  layoutReference,
  parseImageReference,
  withDefaultTag,
} from '../image/reference.ts';
export { type Digest, digestOf, isDigest, parseDigest, shortDigest } from '../image/digest.ts';
export { type Blob, blobOf } from '../image/blob.ts';
export { type Descriptor, mediaTypes } from '../image/descriptor.ts';
export type { HistoryEntry, ImageConfig, RunConfig } from '../image/config.ts';
export type { Manifest, ManifestFormat } from '../image/manifest.ts';
export { defaultPlatform, type Platform } from '../image/platform.ts';
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
} from '../image/image.ts';
export { imageForProcess } from '../image/for-process.ts';
export { herokuRules, type RegistryRules, rulesOf } from '../image/registry-rules.ts';
export { createRegistryClient } from './create-client.ts';
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
} from './client/client.ts';
export type { CredentialSource, IdentityToken, RegistryCredentials } from './login/credentials.ts';
export { withGitlabJob } from './login/gitlab-job.ts';
export { dockerCredentials, type DockerCredentialsOptions } from './login/docker-credentials.ts';
export type { Lookup } from './transport/lookup.ts';
export type { Timing } from './transport/timing.ts';
