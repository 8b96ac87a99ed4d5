export { answer } from './answer.ts';
export { run } from './main.ts';
export type { Surroundings } from './surroundings.ts';
