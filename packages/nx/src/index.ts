export { inferDeployTarget } from './infer.ts';
