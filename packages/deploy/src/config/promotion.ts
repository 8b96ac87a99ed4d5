import { DeployError } from '../errors.ts';
import type { DeployConfig } from './schema.ts';
import { selectEnvironment } from './select-environment.ts';

/** The environment that has to verify an environment's images first. */
export interface Promotion {
  readonly environment: string;
  readonly app: string;
  /** How long ago, such as `24h`. Absent: any time. */
  readonly within?: string;
}

/** Returns what deploy.json's `after` requires of every new image of an environment. */
export function requiredPromotion(config: DeployConfig, to: string | undefined): Promotion | undefined {
  const after = to === undefined ? undefined : config.environments?.[to]?.after;
  return after && { ...after, app: config.environments![after.environment]!.app };
}

/**
 * Returns the promotion from one environment to another.
 * @throws DeployError ENVIRONMENT_UNKNOWN; PROMOTION_INVALID if deploy.json says that another environment comes before
 */
export function promotionBetween(config: DeployConfig, from: string, to: string): Promotion {
  selectEnvironment(config, to, 'heroku');
  const { app } = selectEnvironment(config, from, 'heroku');
  if (from === to) {
    throw new DeployError('PROMOTION_INVALID', `${from} can't be promoted to itself: tozo promote FROM TO.`);
  }
  const required = requiredPromotion(config, to);
  if (required && required.environment !== from) {
    throw new DeployError(
      'PROMOTION_INVALID',
      `deploy.json says that ${to} comes after ${required.environment}, not after ${from}. Use: tozo promote ${required.environment} ${to}.`,
    );
  }
  return required ?? { environment: from, app: app! };
}
