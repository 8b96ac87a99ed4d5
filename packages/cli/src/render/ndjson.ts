import type { DeployEvent } from '@tozo/deploy';
import type { Output } from '../output/output.ts';

/** Renders events as NDJSON, one object per line. The last one is `finished`, with the report. */
export function ndjsonRenderer(output: Output): (event: DeployEvent) => void {
  return (event) => output.writeJson(event);
}
