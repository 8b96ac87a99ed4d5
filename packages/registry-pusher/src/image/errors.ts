/** The codes of all errors. Match on the code, not on the message. */
export type RegistryPusherErrorCode =
  | 'OPTIONS_INVALID'
  | 'REFERENCE_INVALID'
  | 'DIGEST_INVALID'
  | 'MANIFEST_INVALID'
  | 'CONFIG_INVALID'
  | 'DOCKERFILE_MISSING'
  | 'DOCKERFILE_INVALID'
  | 'INSTRUCTION_UNSUPPORTED'
  | 'CONTEXT_INVALID'
  | 'COPY_SOURCE_MISSING'
  | 'COPY_SOURCE_OUTSIDE'
  | 'FILE_CHANGED'
  | 'FILE_UNREADABLE'
  | 'FILE_REFUSED'
  | 'NATIVE_CODE_MISMATCH'
  | 'BASE_NOT_FOUND'
  | 'LOCK_INVALID'
  | 'IMAGE_NOT_FOUND'
  | 'IMAGE_REFUSED'
  | 'LAYOUT_INVALID'
  | 'PLATFORM_MISSING'
  | 'MEDIA_TYPE_REFUSED'
  | 'ENGINE_UNAVAILABLE'
  | 'ENGINE_BUILD_FAILED'
  | 'RUN_FAILED'
  | 'RUN_REFUSED'
  | 'CREDENTIALS_UNUSABLE'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_RATE_LIMITED'
  | 'REGISTRY_PROTOCOL'
  | 'HOST_REFUSED'
  | 'REFERRAL_REFUSED'
  | 'DIGEST_MISMATCH'
  | 'DISK_FULL'
  | 'ABORTED';

/** This package's only error class. The message says what happened and what to do next. */
export class RegistryPusherError extends Error {
  override readonly name = 'RegistryPusherError';
  readonly code: RegistryPusherErrorCode;

  constructor(code: RegistryPusherErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
