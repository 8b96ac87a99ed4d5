export { createImageDeps, type ImageDepsOptions, type ImageDepsReport } from './create-image-deps.ts';
export { ImageDepsError, type ImageDepsErrorCode } from './errors.ts';
export type { LayerSize } from './image/fill.ts';
export { type Layer, layers } from './image/output.ts';
export { type Platform, platformOfDockerfile } from './platform.ts';
export type { SkippedScript } from './tree/install-scripts.ts';
export type { MissingCode } from './tree/missing-code.ts';
