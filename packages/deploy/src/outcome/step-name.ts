/** The parts of a deploy that take time. `images`: those of an earlier deploy are read; `wait`: for a release that was pending when the deploy started. */
export type StepName = 'build' | 'images' | 'wait' | 'push' | 'config' | 'release' | 'verify' | 'remove' | 'rollback';
