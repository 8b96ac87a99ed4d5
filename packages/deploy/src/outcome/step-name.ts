/** The parts of a deploy that take time. `wait`: for a release that was pending when the deploy started. */
export type StepName = 'build' | 'wait' | 'push' | 'config' | 'release' | 'verify' | 'remove' | 'rollback';
