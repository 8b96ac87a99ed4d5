/** What went wrong. The list is closed: a new code is a new member. */
export type ImageDepsErrorCode =
  | 'MANIFEST_INVALID'
  | 'LOCK_MISSING'
  | 'LOCK_AMBIGUOUS'
  | 'LOCK_UNSUPPORTED'
  | 'LOCK_OUTDATED'
  | 'MANAGER_MISSING'
  | 'MANAGER_VERSION'
  | 'MANAGER_UNSUPPORTED'
  | 'MANAGER_FAILED'
  | 'PROJECT_UNKNOWN'
  | 'NOT_BUILT'
  | 'DEPENDENCY_MISSING'
  | 'DEPENDENCY_OUTSIDE'
  | 'PLATFORM_MISMATCH'
  | 'LAYOUT_IMPOSSIBLE'
  | 'OUTPUT_INVALID'
  | 'CANCELLED';

/** The error of this package. Its message says what happened, to what, and what to do next. */
export class ImageDepsError extends Error {
  override readonly name = 'ImageDepsError';
  readonly code: ImageDepsErrorCode;

  constructor(code: ImageDepsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
