export { type AffectedRange, findChangedProjects, isDifferenceComplete } from './affected-range.ts';
export { findAffectedProjects } from './affected-projects.ts';
export { type AppChanges, findAppChanges, type FindAppChangesOptions } from './app-changes.ts';
export { type DeployProject, deployProjectsOf, type ProjectGraph } from './deploy-projects.ts';
export { readHistory, type ReadHistoryOptions, type Step } from './history.ts';
export { inferDeployTarget, inferImageDepsTarget, usesImageDeps } from './infer.ts';
export { findLastChange } from './last-change.ts';
export { readDeployProjects } from './read-deploy-projects.ts';
export { loadWorkspace, type Workspace } from './workspace.ts';
