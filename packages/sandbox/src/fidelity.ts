/** What the sandbox's behavior rests on. */
export { type AssumedOperation, assumedOperations, rowsOf } from './fidelity/rests-on.ts';
export { renderRow, renderScores } from './fidelity/render.ts';
export { type Confidence, type FidelityRow, fidelityRows } from './fidelity/rows.ts';
