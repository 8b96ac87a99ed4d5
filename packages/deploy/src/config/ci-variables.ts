import type { DeclaredVariable } from '@tozo/gitlab-variables';
import type { DeployConfig } from './schema.ts';

/** Where a project is deployed to if deploy.json declares no environments. */
const defaultEnvironment = 'production';

/** What everyone may see, and is often too short to be masked. */
const isPublic = new Set(['HEROKU_APP', 'HEROKU_USERNAME']);

/**
 * Returns the CI/CD variables that deploy.json declares, once per environment: protected, raw, and masked unless they're public.
 * Jobs run in GitLab environments such as `production/shop`, so the scope is `production/*`; lint-test jobs have no environment
 * and never see them.
 * @param environment only those of this environment of deploy.json
 */
export function declareCiVariables(
  { ciVariables, environments }: DeployConfig,
  environment?: string,
): DeclaredVariable[] {
  const names = environment === undefined ? Object.keys(environments ?? { [defaultEnvironment]: {} }) : [environment];
  return names.flatMap((name) =>
    (ciVariables?.required ?? []).map((declared) => {
      const given = typeof declared === 'string' ? { key: declared } : declared;
      const { key, fromEnv = key, ...settings } = given;
      return {
        protected: true,
        raw: true,
        ...(settings.hidden === true ? {} : { masked: !isPublic.has(key) }),
        ...definedOf(settings),
        key,
        environmentScope: `${name}/*`,
        source: { fromEnv },
      };
    }),
  );
}

type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

function definedOf<T extends object>(settings: T): Defined<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Defined<T>;
}
