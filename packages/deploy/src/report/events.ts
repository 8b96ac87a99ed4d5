import type { StepName } from '../outcome/step-name.ts';
import type { DeployPlan } from '../plan/plan.ts';
import type { DeployReport } from './report.ts';
import type { DeployTarget } from './target.ts';

export type { StepName };

/** Everything that happens in a deploy. The caller shows, logs or stores events; nothing else prints. */
export type DeployEvent =
  | {
      readonly type: 'started';
      readonly app: string;
      /** The environment of deploy.json. */
      readonly environment?: string;
      readonly target: DeployTarget;
    }
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'planned'; readonly plan: DeployPlan }
  | { readonly type: 'step-started'; readonly step: StepName }
  /** What a deploy waits for, once such a wait begins or takes long: a release of someone else, or Heroku's responses. */
  | { readonly type: 'waiting'; readonly text: string }
  | { readonly type: 'build-output'; readonly line: string }
  | { readonly type: 'push-progress'; readonly sentBytes: number; readonly totalBytes: number }
  | { readonly type: 'release-output'; readonly line: string }
  | { readonly type: 'dyno-output'; readonly line: string }
  | { readonly type: 'health'; readonly up: number; readonly expected: number; readonly observation: string }
  | { readonly type: 'step-finished'; readonly step: StepName; readonly summary: string; readonly seconds: number }
  | { readonly type: 'step-failed'; readonly step: StepName; readonly reason: string; readonly seconds: number }
  | { readonly type: 'finished'; readonly report: DeployReport };

export type Emit = (event: DeployEvent) => void;
