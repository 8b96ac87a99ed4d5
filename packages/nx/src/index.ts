export { type DeployProject, deployProjectsOf, type ProjectGraph } from './deploy-projects.ts';
export { chooseAffectedBase, emptyTree, type AffectedBase, type AffectedBaseInput } from './affected-base.ts';
export { readGit, type Git, type RelationToHead } from './git.ts';
export { inferDeployTarget, inferImageDepsTarget, usesImageDeps } from './infer.ts';
export { fetchLastDeployment, type FetchLastDeploymentOptions, type LastDeployment } from './last-deployment.ts';
export { resolveAffectedBase, type ResolveAffectedBaseOptions } from './resolve-affected-base.ts';
export { readDeployProjects } from './read-deploy-projects.ts';
