export { GitlabBranchProtection, type GitlabBranchProtectionOptions } from './constructs/gitlab-branch-protection.ts';
export {
  GitlabProjectEnvironment,
  type GitlabProjectEnvironmentOptions,
} from './constructs/gitlab-project-environment.ts';
export { GitlabProject, type GitlabProjectOptions } from './constructs/gitlab-project.ts';
export { GitlabProjectVariable, type GitlabProjectVariableOptions } from './constructs/gitlab-project-variable.ts';
export {
  GitlabProtectedEnvironment,
  type GitlabProtectedEnvironmentOptions,
} from './constructs/gitlab-protected-environment.ts';
export { HerokuAddon, type HerokuAddonOptions } from './constructs/heroku-addon.ts';
export { HerokuApp, type HerokuAppOptions } from './constructs/heroku-app.ts';
export {
  HerokuAppConfigAssociation,
  type HerokuAppConfigAssociationOptions,
} from './constructs/heroku-app-config-association.ts';
export { HerokuAppFeature, type HerokuAppFeatureOptions } from './constructs/heroku-app-feature.ts';
export { HerokuCollaborator, type HerokuCollaboratorOptions } from './constructs/heroku-collaborator.ts';
export { HerokuDomain, type HerokuDomainOptions } from './constructs/heroku-domain.ts';
export { HerokuDrain, type HerokuDrainOptions } from './constructs/heroku-drain.ts';
export { HerokuFormation, type HerokuFormationOptions } from './constructs/heroku-formation.ts';
export {
  HerokuPipeline,
  HerokuPipelineCoupling,
  type HerokuPipelineCouplingOptions,
  type HerokuPipelineOptions,
} from './constructs/heroku-pipeline.ts';
export { herokuRegions } from './constructs/values.ts';
export { ContinuousDeployment, type ContinuousDeploymentOptions } from './continuous-deployment.ts';
export { DeployInfrastructure } from './deploy-infrastructure.ts';
export { InfrastructureError, type InfrastructureErrorCode } from './errors.ts';
export type { InfrastructureOptions } from './options.ts';
export { GitlabProvider, type GitlabProviderOptions, HerokuProvider, type HerokuProviderOptions } from './providers.ts';
export { readConfigVarNames } from './read-config-var-names.ts';
export { renderTerraform, synthesize } from './synthesize.ts';
/** cdktf's root construct, its stack and its variables, exported to avoid an import of cdktf itself. */
export { App, TerraformStack, TerraformVariable } from './terraform.ts';
