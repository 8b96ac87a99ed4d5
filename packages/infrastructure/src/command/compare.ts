import type { Known, LiveResource } from './live-resources.ts';
import { resolveValue } from './resolve-value.ts';
import { declaredAddresses, findStored, type StoredResource } from './state.ts';

/** Where something isn't as the others say. */
export type Side = 'deploy.json' | 'cdk.tf.json' | 'state' | 'GitLab' | 'Heroku';

/** One thing about which deploy.json, Terraform's file, its state, GitLab and Heroku don't agree. */
export interface Disagreement {
  /** The one that is off. */
  readonly side: Side;
  /** Without values of CI/CD variables. */
  readonly text: string;
  /** The command of `tozo infrastructure` that settles it. Default: look at the plan. */
  readonly remedy?: 'synth' | 'import';
}

/** What deploy.json says about the same things. */
export interface DeployDeclaration {
  /** The app's name, from deploy.json or HEROKU_APP. */
  readonly app: string | undefined;
  readonly configVars: readonly string[];
  readonly ciVariables: { readonly owner: 'terraform' | 'tozo'; readonly keys: readonly string[] } | undefined;
}

/** The attributes that are compared. What an API reports otherwise, or completes by itself, is left to drift. */
const compared: Readonly<Record<string, readonly string[]>> = {
  heroku_app: ['name', 'stack', 'region'],
  heroku_formation: ['quantity', 'size'],
  gitlab_project: ['name', 'path', 'description', 'visibility_level'],
  gitlab_project_variable: ['value', 'protected', 'masked', 'raw', 'variable_type'],
  gitlab_branch_protection: ['push_access_level', 'merge_access_level', 'allow_force_push'],
};

/**
 * Compares what is declared with what exists. Where the state agrees with the file, something was changed by hand; where it agrees
 * with what exists, the file was changed and not applied.
 */
export function compareLive(resources: readonly LiveResource[], known: Known): Disagreement[] {
  const storedOf = (address: string) => findStored(address, known.stored, known.file);
  const unknown = known.isStateUnknown
    ? []
    : resources.filter(({ declared, live }) => live !== undefined && storedOf(declared.address) === undefined);
  const others = resources.filter((one) => !unknown.includes(one));
  return [...describeUnknown(unknown, known), ...compareKnown(others, known, storedOf)];
}

/** What exists and isn't in the state was never taken over, or the state is lost. An apply would create it again. */
function describeUnknown(resources: readonly LiveResource[], { file, stored }: Known): Disagreement[] {
  const [imported, others] = [true, false].map((isImported) =>
    resources.filter(({ declared: { address } }) => address in file.imports === isImported),
  ) as [LiveResource[], LiveResource[]];
  const text =
    stored.length === 0
      ? `has nothing of cdk.tf.json, and ${others.length} of what it declares exist: it was never applied, or the state is lost`
      : `doesn't have ${others.map(({ declared }) => declared.address).join(', ')}, and ${others.length === 1 ? 'it exists' : 'they exist'}`;
  return [
    ...imported.map(({ declared }) => ({
      side: 'state' as const,
      text: `doesn't have ${declared.address} yet: an apply takes it over`,
    })),
    ...(others.length > 0 ? [{ side: 'state' as const, text, remedy: 'import' as const }] : []),
  ];
}

function compareKnown(
  resources: readonly LiveResource[],
  known: Known,
  storedOf: (address: string) => StoredResource | undefined,
): Disagreement[] {
  return resources.flatMap(({ declared, side, live }): Disagreement[] => {
    const { address, type, attributes } = declared;
    const stored = storedOf(address);
    if (live === undefined) {
      if (known.isStateUnknown) return [{ side, text: `${address} doesn't exist at ${side}` }];
      return stored === undefined
        ? [{ side: 'state', text: `${address} doesn't exist yet: it wasn't applied` }]
        : [{ side, text: `${address} was deleted at ${side}` }];
    }
    const lifecycle = attributes['lifecycle'] as { ignore_changes?: unknown } | undefined;
    const ignored = Array.isArray(lifecycle?.ignore_changes) ? (lifecycle.ignore_changes as unknown[]) : [];
    return (compared[type] ?? []).flatMap((name): Disagreement[] => {
      const expected = resolveValue(attributes[name], known.file, known.stored, known.env);
      const found = live[name];
      if (expected === undefined || found === undefined || ignored.includes(name) || isSame(name, expected, found))
        return [];
      const differs =
        name === 'value'
          ? 'value differs'
          : `${name} is ${JSON.stringify(found)}, declared ${JSON.stringify(expected)}`;
      const before = stored?.attributes[name];
      if (before !== undefined && isSame(name, before, found))
        return [{ side: 'cdk.tf.json', text: `${address}: ${differs}: the file's change wasn't applied` }];
      const byHand =
        before !== undefined && isSame(name, before, expected) ? `: changed at ${side} after the last apply` : '';
      return [{ side, text: `${address}: ${differs}${byHand}` }];
    });
  });
}

function isSame(name: string, one: unknown, other: unknown): boolean {
  // Heroku writes Standard-1X, Terraform standard-1x.
  const plain = (value: unknown): string | undefined =>
    name === 'size' ? String(value).toLowerCase() : JSON.stringify(value);
  return plain(one) === plain(other);
}

/** Compares the file with the state: what was never applied, what is no longer declared, and what an apply would replace. */
export function compareState({ file, stored }: Known): Disagreement[] {
  if (stored.length === 0) return [];
  const declared = declaredAddresses(file);
  return stored.flatMap(({ address, isTainted }): Disagreement[] => [
    ...(declared.has(address)
      ? []
      : [{ side: 'cdk.tf.json' as const, text: `no longer declares ${address}: an apply would delete it` }]),
    ...(isTainted
      ? [
          {
            side: 'state' as const,
            text: `${address} is tainted, so an apply would replace it. If it's in order, keep it: terraform untaint ${address}`,
          },
        ]
      : []),
  ]);
}

/** Compares deploy.json with the file. Each config var and each CI/CD variable has one owner. */
export function compareDeploy(deploy: DeployDeclaration, known: Known): Disagreement[] {
  const { file, stored, env } = known;
  const ofType = (type: string) => file.resources.filter((one) => one.type === type);
  const apps = ofType('heroku_app').map(({ attributes }) => attributes['name']);
  const isElsewhere =
    deploy.app !== undefined && apps.length > 0 && apps.every((app) => typeof app === 'string' && app !== deploy.app);
  const declaredApps = `the app${apps.length > 1 ? 's' : ''} ${apps.join(' and ')}`;
  const names: Disagreement[] = isElsewhere
    ? [{ side: 'deploy.json', text: `deploys to ${deploy.app}, and cdk.tf.json declares ${declaredApps}` }]
    : [];
  const vars = [...ofType('heroku_app'), ...ofType('heroku_app_config_association')].flatMap(
    ({ address, attributes }) =>
      ['config_vars', 'sensitive_config_vars', 'vars', 'sensitive_vars'].flatMap((name) =>
        Object.keys(attributes[name] ?? {}).map((key) => ({ key, address })),
      ),
  );
  const twice = vars
    .filter(({ key }) => deploy.configVars.includes(key))
    .map(({ key, address }) => ({
      side: 'deploy.json' as const,
      text: `sets the config var ${key}, and so does ${address}: each has one owner, so remove it from one`,
    }));
  const declared = new Set(
    ofType('gitlab_project_variable').map(({ attributes }) => resolveValue(attributes['key'], file, stored, env)),
  );
  const variables = (deploy.ciVariables?.keys ?? []).flatMap((key): Disagreement[] => {
    if (deploy.ciVariables?.owner === 'terraform' && !declared.has(key))
      return [{ side: 'cdk.tf.json', text: `doesn't declare the CI/CD variable ${key}, which deploy.json requires` }];
    if (deploy.ciVariables?.owner === 'tozo' && declared.has(key))
      return [
        {
          side: 'deploy.json',
          text: `says that tozo owns the CI/CD variable ${key}, and cdk.tf.json declares it: set its owner to terraform`,
        },
      ];
    return [];
  });
  return [...names, ...twice, ...variables];
}
