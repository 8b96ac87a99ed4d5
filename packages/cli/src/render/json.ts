import type { DeployEvent } from '@tozo/deploy';
import type { Output } from '../output.ts';

/** Renders events for programs: one JSON object a line (NDJSON); the last is `finished` with the report. */
export function jsonRenderer(output: Output): (event: DeployEvent) => void {
  return (event) => output.write(`${JSON.stringify(event)}\n`);
}
