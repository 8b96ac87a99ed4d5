import { Secret } from '@tozo/heroku-client';
import type { DeployConfig } from '../config/schema.ts';
import { hasIdleWeb } from '../outcome/sentences.ts';
import { planProcessTypes } from '../plan/plan-process-types.ts';
import type { CurrentState } from '../state/current-state.ts';

export interface Drift {
  /** Where the app differs from deploy.json, each as a sentence. */
  readonly drift: readonly string[];
  /** What can't be compared, each as a sentence. */
  readonly unknowns: readonly string[];
}

/**
 * Compares an app with deploy.json, without changing it: dyno counts, process types and config vars, these by name only.
 * @param env what deploy.json's `fromEnv` reads; values that aren't set can't be compared
 */
export function findDrift(
  config: DeployConfig,
  env: Readonly<Record<string, string | undefined>>,
  current: CurrentState,
): Drift {
  const types = planProcessTypes(config, current);
  const vars = compareConfigVars(config, env, current);
  const { name } = current.app;
  const missing = Object.keys(config.processes).filter((type) => current.formation[type] === undefined);
  return {
    drift: [
      ...types.keptCounts.map(
        ({ type, declared, actual }) =>
          `${type} is set to ${actual} dynos and deploy.json says ${declared}: changed by hand or by an autoscaler. To set it: heroku ps:scale ${type}=${declared} -a ${name}`,
      ),
      ...(hasIdleWeb(types) && declaresNoCount(config)
        ? [`web is set to 0 dynos, so every request gets a 503. To start it: heroku ps:scale web=1 -a ${name}`]
        : []),
      ...types.scale
        .filter(({ reason }) => reason === 'declared-count-changed')
        .map(({ type, from, to }) => `${type} is set to ${from ?? 0} dynos: the next deploy sets it to ${to}.`),
      ...types.othersTypes.map(
        (type) => `${type} isn't in deploy.json: deployed by someone else, so it stays unchanged.`,
      ),
      ...types.removals.map((type) => `${type} is no longer in deploy.json: the next deploy removes it.`),
      ...missing.map((type) => `${type} is in deploy.json and wasn't deployed yet.`),
      ...vars.different.map((variable) => `Config var ${variable} has another value than deploy.json declares.`),
      ...vars.unset.map((variable) => `Config var ${variable} is in deploy.json and isn't set.`),
      ...current.configVarsNotInEffect.map(
        (variable) => `Config var ${variable} isn't in effect: the release that changed it failed.`,
      ),
    ],
    unknowns: [
      ...types.unknowns,
      ...(vars.unknown.length > 0
        ? [`Whether ${vars.unknown.join(', ')} have their declared values: the environment doesn't have these values.`]
        : []),
    ],
  };
}

/** Whether web's dynos are up to Heroku, which starts one, and to people. */
function declaresNoCount({ processes: { web } }: DeployConfig): boolean {
  return web?.dynos === undefined;
}

function compareConfigVars(
  { configVars }: DeployConfig,
  env: Readonly<Record<string, string | undefined>>,
  current: CurrentState,
): { readonly different: string[]; readonly unset: string[]; readonly unknown: string[] } {
  const [different, unset, unknown]: [string[], string[], string[]] = [[], [], []];
  for (const [name, value] of Object.entries(configVars)) {
    const declared = typeof value === 'string' ? value : env[value.fromEnv];
    const actual = current.configVars[name];
    if (actual === undefined) unset.push(name);
    else if (declared === undefined) unknown.push(name);
    else if (!new Secret(declared).equals(actual)) different.push(name);
  }
  return { different, unset, unknown };
}
