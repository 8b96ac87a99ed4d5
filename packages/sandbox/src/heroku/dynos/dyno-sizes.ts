/** @see https://devcenter.heroku.com/articles/dyno-tiers (memory in MB) */
const memoryMb: Readonly<Record<string, number>> = {
  eco: 512,
  basic: 512,
  'standard-1x': 512,
  'standard-2x': 1024,
  'performance-m': 2560,
  'performance-l': 14_336,
  'performance-l-ram': 30_720,
  'performance-xl': 63_488,
  'performance-2xl': 129_024,
};

/** Returns the memory quota of a dyno size in MB; the smallest one for an unknown size. */
export function memoryMbOf(size: string): number {
  return memoryMb[size.toLowerCase()] ?? 512;
}
