import type { DeployReport } from '@tozo/deploy';
import type { Sandbox } from '@tozo/sandbox';
import { type Deployed, type DeployOnceOptions, deployOnce } from './deploy-once.ts';
import { createTrialApp, type TrialApp, type Version } from './trial-app.ts';

export type Stage = 'staging' | 'production';

/** A project with two environments, each with an app of its own in a sandbox. */
export interface Stages extends AsyncDisposable {
  readonly staging: TrialApp;
  readonly production: TrialApp;
  /** Writes a version whose config var LEVEL says the environment's name. */
  write(version: Version): Promise<void>;
  deploy(stage: Stage, options?: DeployOnceOptions): Promise<Deployed>;
  /** Writes a version and deploys it to staging, where it has to go live. */
  prove(version: Version): Promise<DeployReport>;
  /** Promotes from staging to production, without any file of the project. */
  promote(options?: DeployOnceOptions): Promise<Deployed>;
}

/** A promotion from staging, without any file of the project. */
export const promotion = { promoteFrom: 'staging', directory: '/nonexistent' } as const;

export async function createStages(sandbox: Sandbox, after: object | undefined): Promise<Stages> {
  const [staging, production] = await Promise.all([createTrialApp(sandbox), createTrialApp(sandbox)]);
  const environments = {
    staging: { app: staging.name, configVars: { LEVEL: 'staging' } },
    production: { app: production.name, configVars: { LEVEL: 'production' }, ...(after ? { after } : {}) },
  };
  const stages: Stages = {
    staging,
    production,
    write: (version) => staging.write({ ...version, config: { ...version.config, environments } }),
    deploy: (environment, options) =>
      deployOnce(staging.directory, environments[environment].app, sandbox, { environment, ...options }),
    async prove(version) {
      await stages.write(version);
      const { report } = await stages.deploy('staging');
      if (report.outcome !== 'deployed') throw new Error(`v${version.version} isn't running: ${report.text}`);
      return report;
    },
    promote: (options) => stages.deploy('production', { ...promotion, ...options }),
    async [Symbol.asyncDispose]() {
      await Promise.all([staging[Symbol.asyncDispose](), production[Symbol.asyncDispose]()]);
    },
  };
  return stages;
}
