import { HerokuError } from '@tozo/heroku-client';
import { RegistryPusherError } from '@tozo/registry-pusher';
import { DeployError } from './errors.ts';

/** Returns whether an error is about the configuration or a service, with a message for users, and not a defect. */
export function isServiceError(error: unknown): error is DeployError | HerokuError | RegistryPusherError {
  return error instanceof DeployError || error instanceof HerokuError || error instanceof RegistryPusherError;
}
