import { readFileSync } from 'node:fs';

/** How an attribute may be used: `required`, `optional`, `computed`, `sensitive`, or several of them. */
type Use = string;

export type AttributeType = 'string' | 'bool' | 'number' | 'nested set' | 'nested list' | readonly [string, string];

export interface BlockShape {
  readonly attributes: Readonly<Record<string, readonly [type: AttributeType, use: Use, nested?: BlockShape]>>;
  readonly blocks?: Readonly<Record<string, BlockShape>>;
  /** Attributes that can't change in place: the provider replaces the resource. */
  readonly fixed?: readonly string[];
}

export interface ProviderShape {
  readonly provider: BlockShape;
  readonly resources: Readonly<Record<string, BlockShape>>;
}

interface Documented {
  readonly type: AttributeType | 'block';
  readonly use: Use;
  readonly replaces?: boolean;
  readonly attributes?: Readonly<Record<string, Documented>>;
}

/** The providers' documented attributes. Terraform rejects a file that uses any other. */
const { resources: documented } = JSON.parse(
  readFileSync(
    new URL('../../../packages/infrastructure/src/testing/documented-attributes.json', import.meta.url),
    'utf8',
  ),
) as { resources: Readonly<Record<string, Readonly<Record<string, Documented>>>> };

export const heroku: ProviderShape = {
  provider: {
    attributes: { api_key: ['string', 'optional sensitive'], headers: ['string', 'optional'] },
    blocks: {
      customizations: {
        attributes: {
          set_app_all_config_vars_in_state: ['bool', 'optional'],
          set_addon_config_vars_in_state: ['bool', 'optional'],
        },
      },
    },
  },
  resources: resourcesOf('heroku_'),
};

export const gitlab: ProviderShape = {
  provider: { attributes: { token: ['string', 'optional sensitive'], base_url: ['string', 'optional'] } },
  resources: resourcesOf('gitlab_'),
};

function resourcesOf(prefix: string): Record<string, BlockShape> {
  const found = Object.entries(documented).filter(([type]) => type.startsWith(prefix));
  return Object.fromEntries(found.map(([type, attributes]) => [type, shapeOf(attributes)]));
}

function shapeOf(table: Readonly<Record<string, Documented>>): BlockShape {
  const isBlock = ([, { type }]: [string, Documented]): boolean => type === 'block';
  const entries = Object.entries(table);
  return {
    attributes: Object.fromEntries(
      entries
        .filter((entry) => !isBlock(entry))
        .map(([name, { type, use, attributes }]) => [
          name,
          [type as AttributeType, usedAs(name, use), ...(attributes ? [shapeOf(attributes)] : [])] as const,
        ]),
    ) as BlockShape['attributes'],
    blocks: Object.fromEntries(
      entries.filter(isBlock).map(([name, { attributes }]) => [name, shapeOf(attributes ?? {})]),
    ),
    fixed: entries.filter(([, { replaces }]) => replaces).map(([name]) => name),
  };
}

/** GitLab's documentation doesn't tell that the server completes most optional attributes. Values of variables are sensitive. */
function usedAs(name: string, use: Use): Use {
  if (name === 'value') return `${use} sensitive`;
  return use === 'optional' && !['description', 'space', 'config', 'vars'].includes(name) ? 'optional computed' : use;
}
