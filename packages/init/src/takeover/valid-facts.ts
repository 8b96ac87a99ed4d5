import type { AppFacts, TakenLine } from './taken.ts';

/** What deploy.json accepts. The schema of @tozo/deploy says the same, with a message for each. */
const appName = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;
const environmentName = /^[a-z][a-z0-9_-]{0,62}$/;
const processType = /^[a-z][a-z0-9_-]{0,62}$/;
const variableName = /^(?!PORT$)[A-Za-z_][A-Za-z0-9_]*$/;

/** Drops what `tozo deploy` would refuse in deploy.json, and says so. @param file where the facts are from */
export function dropInvalid(
  facts: AppFacts,
  file: string,
): { readonly facts: AppFacts; readonly lines: readonly TakenLine[] } {
  const lines: TakenLine[] = [];
  const say = (text: string, left: string): false => {
    lines.push({ file, line: 1, text, left });
    return false;
  };
  const isApp = (app: string): boolean =>
    appName.test(app) || say(app, `it isn't a name that Heroku accepts: set "app" in deploy.json`);
  const { app, ...others } = facts;
  return {
    facts: {
      ...others,
      ...(app !== undefined && isApp(app) ? { app } : {}),
      environments: keep(
        facts.environments,
        (name, one) =>
          isApp(one.app) && (environmentName.test(name) || say(name, 'declare it in environments of deploy.json')),
      ),
      processes: keep(
        facts.processes,
        (type) =>
          processType.test(type) ||
          say(type, 'process types have lowercase letters, digits, - and _: add it to deploy.json by another name'),
      ),
      configVars: keep(
        facts.configVars,
        (name) => variableName.test(name) || say(name, 'deploy.json has no config var of this name'),
      ),
    },
    lines,
  };
}

function keep<Value>(
  values: Readonly<Record<string, Value>>,
  isValid: (name: string, value: Value) => boolean,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => !(name in Object.prototype) && isValid(name, value)),
  );
}
