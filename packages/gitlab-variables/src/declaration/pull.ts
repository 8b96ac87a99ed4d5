import { defaultSettings, identityOf, type StoredVariable } from '../variable/variable.ts';

/**
 * Returns the declaration of existing variables as JSON, without their values: each comes from an environment variable, named like
 * the key, and like key and scope if the key has several. Defaults are left out.
 */
export function formatDeclaration(variables: readonly StoredVariable[]): string {
  const names = sourceNamesOf(variables);
  const entries = variables.map((one) => {
    const { key, environmentScope } = one;
    const settings = (['type', 'protected', 'masked', 'raw', 'hidden', 'description'] as const).filter(
      (name) => one[name] !== defaultSettings[name] && !(name === 'masked' && one.hidden),
    );
    return {
      key,
      fromEnv: names.get(identityOf(one)),
      ...(environmentScope === '*' ? {} : { environmentScope }),
      ...Object.fromEntries(settings.map((name) => [name, one[name]])),
    };
  });
  return `${JSON.stringify({ variables: entries }, undefined, 2)}\n`;
}

/** Two variables never share a name: a sync would give both the same value. */
function sourceNamesOf(variables: readonly StoredVariable[]): Map<string, string> {
  const keys = variables.map(({ key }) => key);
  const isAlone = (key: string): boolean => keys.indexOf(key) === keys.lastIndexOf(key);
  const taken = new Set(keys);
  return new Map(
    variables.map((one) => {
      const { key, environmentScope } = one;
      if (isAlone(key)) return [identityOf(one), key];
      const base = `${key}_${environmentScope === '*' ? 'ALL' : environmentScope.toUpperCase().replaceAll(/\W+/g, '_')}`;
      let name = base.replace(/_+$/, '');
      for (let number = 2; taken.has(name); number += 1) name = `${base.replace(/_+$/, '')}_${number}`;
      taken.add(name);
      return [identityOf(one), name];
    }),
  );
}
