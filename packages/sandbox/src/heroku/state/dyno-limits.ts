import type { ProcessType } from './model.ts';

/** Sizes that an app can use together, by the smallest of them. */
type Tier = 'Eco' | 'Basic' | 'Standard-1X';

type SizedType = Pick<ProcessType, 'type' | 'size' | 'quantity'>;

/** Whether a size allows more than one dyno, and Preboot. */
export const isProfessional = (size: string): boolean => tierOf(size) === 'Standard-1X';

/**
 * Returns why Heroku rejects a formation, or undefined.
 * @see https://devcenter.heroku.com/articles/dyno-scaling-and-process-limits
 */
export function limitProblem(formation: readonly SizedType[]): string | undefined {
  const tooMany = formation.find(({ size, quantity }) => quantity > maxDynosOf(size));
  if (tooMany) {
    return `Cannot update to more than ${maxDynosOf(tooMany.size)} ${tooMany.size} size dynos per process type.`;
  }
  const sizes = [...new Set(formation.filter(({ quantity }) => quantity > 0).map(({ size }) => size))];
  if (new Set(sizes.map(tierOf)).size < 2) return undefined;
  const list = `${sizes.slice(0, -1).join(', ')} and ${sizes.at(-1)}`;
  return `Cannot use the following dyno types in the same app: ${list}`;
}

/** Returns the size of a new process type: the smallest that goes with those that run. */
export function defaultSizeIn(formation: readonly SizedType[]): string {
  const [first] = [...formation.filter(({ quantity }) => quantity > 0), ...formation];
  return first ? tierOf(first.size) : 'Basic';
}

/** Returns a process type, without dynos in a size that doesn't go with those that run. */
export function withFittingSize<Type extends SizedType>(processType: Type, formation: readonly SizedType[]): Type {
  const size = defaultSizeIn(formation);
  return processType.quantity > 0 || tierOf(processType.size) === size ? processType : { ...processType, size };
}

function tierOf(size: string): Tier {
  return size === 'Eco' || size === 'Basic' ? size : 'Standard-1X';
}

function maxDynosOf(size: string): number {
  if (!isProfessional(size)) return 1;
  return size.startsWith('Performance') ? 10 : 100;
}
