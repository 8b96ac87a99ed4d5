import { existsSync, readFileSync } from 'node:fs';

/** How sure it is that the platform behaves this way. */
export type Confidence = 'documented' | 'schema' | 'seen in the wild' | 'assumed';

/** One behavior of the sandbox, and what says that the platform has it. */
export interface FidelityRow {
  readonly id: string;
  readonly platform: 'heroku' | 'registry' | 'hub' | 'gitlab' | 'router';
  /** The requests that rest on it: a method, or `*`, and a path whose parameters start with a colon; several separated by commas. */
  readonly operation: string;
  readonly claim: string;
  /** Where the claim is from. */
  readonly source: string;
  readonly confidence: Confidence;
  /** The assumption that sets the other way. */
  readonly switch?: string;
  /** The test that holds the sandbox to it: file and title. */
  readonly test: string;
  /** ISO 8601 date of the last run against the live platform that showed it; null if there was none. */
  readonly proven: string | null;
}

// Next to this package's sources and compiled modules, or to a bundle.
const places = ['../../fidelity.jsonl', '../fidelity.jsonl'];

let loaded: readonly FidelityRow[] | undefined;

/** Returns the rows of `fidelity.jsonl`. */
export function fidelityRows(): readonly FidelityRow[] {
  return (loaded ??= readRows());
}

function readRows(): FidelityRow[] {
  const file = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  if (!file) throw new Error('The package @tozo/sandbox lacks its file fidelity.jsonl: install it again.');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as FidelityRow);
}
