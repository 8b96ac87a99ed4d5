export { type ConfigChange, diffConfigs } from './diff-configs.ts';
export { diffImages, type FileChange, type ImageDiff } from './diff-images.ts';
export { type InspectedImage, type InspectedLayer, inspectImage } from './inspect-image.ts';
export type { Aspect, FileState } from '../tar/file-state.ts';
