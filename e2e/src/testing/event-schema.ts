import { readFileSync } from 'node:fs';
import { z } from 'zod';

type Json = Parameters<typeof z.fromJSONSchema>[0];

/** The published schema of events, and no field beyond it. */
const schema = z.fromJSONSchema(
  closed(JSON.parse(readFileSync(new URL('../../../packages/cli/deploy-events.schema.json', import.meta.url), 'utf8'))),
);

/** Returns the events of an NDJSON output. Throws unless each is as the published schema says. */
export function parseEvents(ndjson: string): { readonly type: string; readonly [key: string]: unknown }[] {
  return ndjson
    .trimEnd()
    .split('\n')
    .map((line) => schema.parse(JSON.parse(line)) as { type: string });
}

function closed(value: unknown): Json {
  if (Array.isArray(value)) return value.map(closed) as unknown as Json;
  if (value === null || typeof value !== 'object') return value as Json;
  const entries = Object.entries(value).map(([key, item]) => [key, closed(item)] as const);
  const isOpen = (value as { type?: unknown }).type === 'object' && 'properties' in value;
  return Object.fromEntries([...entries, ...(isOpen ? [['additionalProperties', false] as const] : [])]);
}
