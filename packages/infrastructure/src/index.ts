export { DeployInfrastructure } from './deploy-infrastructure.ts';
export { InfrastructureError, type InfrastructureErrorCode } from './errors.ts';
export { GitlabProject, type GitlabProjectOptions } from './gitlab-project.ts';
export { GitlabProjectVariable, type GitlabProjectVariableOptions } from './gitlab-project-variable.ts';
export { GitlabProtectedEnvironment, type GitlabProtectedEnvironmentOptions } from './gitlab-protected-environment.ts';
export { HerokuApp, type HerokuAppOptions } from './heroku-app.ts';
export { herokuRegions, type InfrastructureOptions } from './options.ts';
export { GitlabProvider, type GitlabProviderOptions, HerokuProvider, type HerokuProviderOptions } from './providers.ts';
export { renderTerraform, synthesize } from './synthesize.ts';
/** cdktf's root construct, exported to avoid an import of cdktf itself. */
export { App } from './terraform.ts';
