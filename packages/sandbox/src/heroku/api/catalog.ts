import { uuidOf } from '../state/model.ts';

/** A region of the Common Runtime. */
export interface Region {
  readonly name: string;
  readonly country: string;
  readonly locale: string;
  readonly description: string;
  readonly awsRegion: string;
}

/** @see https://devcenter.heroku.com/articles/regions */
export const regions: readonly Region[] = [
  { name: 'us', country: 'United States', locale: 'Virginia', description: 'United States', awsRegion: 'us-east-1' },
  { name: 'eu', country: 'Ireland', locale: 'Dublin', description: 'Europe', awsRegion: 'eu-west-1' },
];

/** @see https://devcenter.heroku.com/articles/stack (`heroku-24` is what a new app gets) */
export const stackNames: readonly string[] = ['container', 'heroku-22', 'heroku-24', 'heroku-26'];
export const defaultStack = 'heroku-24';

/** A dyno size: memory in GB, and the share of a machine's processor. */
export interface DynoSize {
  readonly name: string;
  readonly memory: number;
  readonly compute: number;
  readonly dedicated: boolean;
}

/** @see https://devcenter.heroku.com/articles/dyno-tiers */
export const dynoSizes: readonly DynoSize[] = [
  { name: 'Eco', memory: 0.5, compute: 1, dedicated: false },
  { name: 'Basic', memory: 0.5, compute: 1, dedicated: false },
  { name: 'Standard-1X', memory: 0.5, compute: 1, dedicated: false },
  { name: 'Standard-2X', memory: 1, compute: 2, dedicated: false },
  { name: 'Performance-M', memory: 2.5, compute: 12, dedicated: true },
  { name: 'Performance-L', memory: 14, compute: 50, dedicated: true },
  { name: 'Performance-L-RAM', memory: 30, compute: 24, dedicated: true },
  { name: 'Performance-XL', memory: 62, compute: 50, dedicated: true },
  { name: 'Performance-2XL', memory: 126, compute: 100, dedicated: true },
];

const catalogTime = '2026-01-01T00:00:00Z';
const cedar = { id: 'aa0f2b9e-5a1c-4a54-8b9f-6b6a7f5f5a01', name: 'cedar' };
const knownIds: Readonly<Record<string, string>> = {
  'region us': '59accabd-516d-4f0e-83e6-6e3757701145',
  'stack container': 'c1f6f2d8-6f7c-4a8e-9d4b-2f7a9c1f0a11',
};

/** Returns the ID of an entry: Heroku's own where it is public, else one derived from the name. */
const idOf = (kind: string, name: string): string => knownIds[`${kind} ${name}`] ?? uuidOf(`${kind} ${name}`);

export const regionReference = (name: string) => ({ id: idOf('region', name), name });
export const stackReference = (name: string) => ({ id: idOf('stack', name), name });
export const generationReference = cedar;

export function serializeRegion({ name, country, locale, description, awsRegion }: Region): Record<string, unknown> {
  return {
    ...regionReference(name),
    country,
    description,
    locale,
    private_capable: false,
    provider: { name: 'amazon-web-services', region: awsRegion },
    created_at: catalogTime,
    updated_at: catalogTime,
  };
}

export function serializeStack(name: string): Record<string, unknown> {
  return {
    ...stackReference(name),
    default: name === defaultStack,
    state: 'public',
    created_at: catalogTime,
    updated_at: catalogTime,
  };
}

export function serializeDynoSize({ name, memory, compute, dedicated }: DynoSize): Record<string, unknown> {
  return {
    id: idOf('dyno size', name),
    name,
    architecture: 'amd64',
    compute,
    cost: null,
    dedicated,
    generation: cedar,
    memory,
    precise_dyno_units: compute,
    private_space_only: false,
  };
}
