import type { DeploymentRecord } from './record.ts';

/** What GitLab says about an environment, or why it isn't known. */
export type KnownDeployments =
  | {
      readonly kind: 'known';
      /** The one that finished last first. */
      readonly successes: readonly DeploymentRecord[];
      /** Of any status, in any order. */
      readonly recent: readonly DeploymentRecord[];
      /** The URL that GitLab shows for the environment. */
      readonly environmentUrl?: string;
    }
  | {
      readonly kind: 'unknown';
      readonly reason: string;
      /** Whether GitLab lists more than is read: another attempt finds the same. */
      readonly isTooLong?: true;
    };
