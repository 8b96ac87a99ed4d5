/** Every reason for a deploy to be refused or to fail. Match on the code, never on the message. */
export type DeployErrorCode =
  | 'CONFIG_MISSING'
  | 'CONFIG_INVALID'
  | 'ENVIRONMENT_INVALID'
  | 'CI_VARIABLES_INVALID'
  | 'GITLAB_FAILED'
  | 'ENVIRONMENT_UNKNOWN'
  | 'APP_NAME_MISSING'
  | 'APP_NOT_READY'
  | 'ARTIFACT_CHANGED'
  | 'HANDOVER_INVALID'
  | 'PROMOTION_INVALID'
  | 'NOT_PROVEN'
  | 'IMAGE_MISSING'
  | 'PLAN_INVALID'
  | 'PLAN_OUTDATED'
  | 'ROLLBACK_IMPOSSIBLE'
  | 'DEPLOY_RUNNING'
  | 'STATE_UNUSABLE'
  | 'RELEASE_FAILED'
  | 'UNHEALTHY'
  | 'SUPERSEDED'
  | 'OUTDATED'
  | 'CANCELLED';

/** The only error class of this package. `message` says what happened, to what, and what to do next. */
export class DeployError extends Error {
  override readonly name = 'DeployError';
  readonly code: DeployErrorCode;

  constructor(code: DeployErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
