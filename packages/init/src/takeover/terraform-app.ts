import { type HclBlock, stringOf } from './hcl.ts';
import type { TakenLine } from './taken.ts';

type Line = Omit<TakenLine, 'file'>;

/** Attributes that infrastructure.mts has, that deploys manage, or that only mean something to Terraform. */
const silent = new Set(
  'name region stack buildpacks config_vars sensitive_config_vars depends_on provider lifecycle'.split(' '),
);

/** Reads what `heroku_app` has besides its name and region. Only config vars that are plain texts can be taken over. */
export function readAppAttributes({ attributes, line, labels }: HclBlock): {
  readonly configVars: Readonly<Record<string, string>>;
  readonly lines: readonly Line[];
} {
  const configVars: Record<string, string> = {};
  const label = labels[1] ?? '';
  const lines = Object.entries(attributes).flatMap(([attribute, given]): Line[] => {
    const at = { line, text: `${label}.${attribute}` };
    if (attribute === 'count' || attribute === 'for_each')
      return [{ ...at, left: 'several apps of one resource: one infrastructure.mts for each' }];
    if (!silent.has(attribute))
      return [{ ...at, left: 'it stays as it is on Heroku; infrastructure.mts has no such option' }];
    if (!attribute.endsWith('config_vars')) return [];
    const [, map] = /^\{([\s\S]*)\}$/.exec(given) ?? [];
    if (map === undefined) return [{ ...at, left: 'it is an expression: its config vars stay as they are on Heroku' }];
    return membersOf(map).map(([name, value]): Line => {
      const text = attribute === 'config_vars' ? stringOf(value) : undefined;
      const own = { line, text: `${at.text}.${name}` };
      if (text === undefined)
        return {
          ...own,
          left: `its value stays on Heroku. To deploy it from here: "${name}": { "fromEnv": "${name}" } in configVars`,
        };
      configVars[name] = text;
      return { ...own, became: `configVars.${name} in deploy.json` };
    });
  });
  return { configVars, lines };
}

/** Members are in lines of their own, or after commas. */
function membersOf(map: string): [name: string, value: string][] {
  const member = /(?:^|[\n,])\s*"?(\w+)"?\s*[=:]\s*("(?:[^"\\]|\\.)*"|[^\n,]+)/g;
  return [...map.matchAll(member)].map(([, name, value]) => [name!, value!.trim()]);
}
