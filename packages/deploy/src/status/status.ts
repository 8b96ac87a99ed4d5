import type { DeployTarget } from '../report/target.ts';
import type { HistoryEntry } from './history.ts';

/** What runs, as far as it can be seen now. `tozo status --json` prints it. */
export interface AppStatus {
  readonly app: string;
  readonly target: DeployTarget['kind'];
  readonly environment?: string;
  readonly url?: string;
  /** `starting`: all dynos that aren't up are starting; `nothing-to-check`: no dyno, or no web dyno, is set to run. */
  readonly state: 'healthy' | 'starting' | 'unhealthy' | 'nothing-to-check' | 'nothing-deployed';
  /** 0, or 4 when what runs is unhealthy. */
  readonly exitCode: number;
  /** All of it in one line. */
  readonly text: string;
  /** The release that runs. */
  readonly release?: HistoryEntry;
  /** A release that may still go live. */
  readonly pending?: HistoryEntry;
  /** Newer releases that failed. */
  readonly failed: readonly HistoryEntry[];
  /** The deploy of what runs, from its record. Absent if no record of it was found. */
  readonly deploy?: StatusDeploy;
  readonly health?: StatusHealth;
  readonly processes: readonly StatusProcess[];
  /** Where the app differs from deploy.json, each as a sentence. */
  readonly drift: readonly string[];
  /** What isn't known, each as a sentence. */
  readonly unknowns: readonly string[];
  /** All releases that were read, newest first. Only when asked for. */
  readonly history?: readonly HistoryEntry[];
}

export interface StatusDeploy {
  readonly commit?: string;
  readonly who?: string;
  readonly pipeline?: string;
  /** ISO 8601. */
  readonly at: string;
  readonly result: string;
}

export interface StatusHealth {
  /** Whose health check it was: that of its own deploy, or deploy.json's; `dynos`: there's no URL to check. */
  readonly by: 'record' | 'deploy.json' | 'dynos';
  /** What was seen: dynos up, or the problem. */
  readonly observation: string;
  /** Whether the app itself reported the version of its deploy. */
  readonly versionProven: boolean;
}

export interface StatusProcess {
  readonly type: string;
  readonly expected: number;
  /** Dynos of the release that runs which are up, or asleep until a request wakes them. */
  readonly up: number;
  /** Short. */
  readonly image?: string;
}
