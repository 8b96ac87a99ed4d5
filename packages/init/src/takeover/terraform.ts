import { type HclBlock, readHcl, stringOf } from './hcl.ts';
import { readAppAttributes } from './terraform-app.ts';
import { type BranchProtection, type InfrastructureFacts, noFacts, type Taken, type TakenLine } from './taken.ts';
import { readBranchProtection } from './terraform-branch.ts';

/** The variables of a pipeline that @tozo/infrastructure creates. */
const pipelineVariables = new Set(['HEROKU_APP', 'HEROKU_API_KEY', 'HEROKU_USERNAME']);

/**
 * Reads Terraform files that create a Heroku app, a GitLab project and the variables of its pipeline.
 * @param files their texts by path
 * @param remote the URL of the project's Git remote, which tells its path in GitLab
 */
export function readTerraform(files: Readonly<Record<string, string>>, remote: string | undefined): Taken {
  const blocks = Object.entries(files).flatMap(([file, text]) => readHcl(text).map((block) => ({ ...block, file })));
  const defaults = Object.fromEntries(
    blocks.flatMap(({ type, labels, attributes }): [string, string][] => {
      if (type === 'locals')
        return Object.entries(attributes).flatMap(([name, given]): [string, string][] => {
          const local = stringOf(given);
          return local === undefined ? [] : [[`local.${name}`, local]];
        });
      const value = stringOf(attributes['default']);
      return type === 'variable' && value !== undefined ? [[`var.${labels[0]}`, value]] : [];
    }),
  );
  const valueOf = (block: HclBlock | undefined, name: string): string | undefined => {
    const given = block?.attributes[name];
    return stringOf(given) ?? defaults[given ?? ''];
  };
  const resources = blocks.filter(({ type }) => type === 'resource');
  const ofType = (type: string) => resources.filter(({ labels }) => labels[0] === type);
  const [app] = ofType('heroku_app');
  const [project] = ofType('gitlab_project');
  const variables = ofType('gitlab_project_variable').filter((block) =>
    pipelineVariables.has(valueOf(block, 'key') ?? ''),
  );
  const protections = new Map<HclBlock, BranchProtection>(
    ofType('gitlab_branch_protection').flatMap((block) => {
      const found = app && project && readBranchProtection(block, project.labels.join('.'), valueOf);
      return found ? [[block, found] as const] : [];
    }),
  );
  const lines = blocks.flatMap((block): TakenLine[] => {
    const result = describe(block, { app, project, variables, protections });
    return result === undefined
      ? []
      : [{ file: block.file, line: block.line, text: [block.type, ...block.labels].join(' '), ...result }];
  });
  if (app === undefined) return { apps: [], lines };
  const appName = valueOf(app, 'name');
  const organization = app.blocks.find(({ type }) => type === 'organization');
  const [scope] = variables.map((block) => valueOf(block, 'environment_scope') ?? '*');
  const namespaceId = Number(project?.attributes['namespace_id']);
  const infrastructure: InfrastructureFacts = {
    appName: appName ?? 'APP',
    ...(protections.size > 0 ? { branchProtections: [...protections.values()] } : {}),
    ...defined('variablesScope', scope),
    ...defined('region', valueOf(app, 'region')),
    ...defined('team', valueOf(organization, 'name')),
    ...defined('project', valueOf(project, 'name')),
    ...defined('projectPath', pathOf(remote)),
    ...(namespaceId > 0 ? { namespaceId } : {}),
    ...defined('description', valueOf(project, 'description')),
    ...defined('visibility', valueOf(project, 'visibility_level')),
    ...defined(
      'baseUrl',
      valueOf(
        blocks.find(({ type, labels }) => type === 'provider' && labels[0] === 'gitlab'),
        'base_url',
      ),
    ),
  };
  const vars = readAppAttributes(app);
  const at = (text: string, left: string): TakenLine => ({ file: app.file, line: app.line, text, left });
  return {
    apps: [{ ...noFacts(''), configVars: vars.configVars, ...defined('app', appName) }],
    lines: [
      ...lines,
      ...(appName === undefined
        ? [at('name', "its value is an expression: replace APP in infrastructure.mts by the app's name")]
        : []),
      ...vars.lines.map((line): TakenLine => ({ file: app.file, ...line })),
    ],
    infrastructure,
  };
}

interface Found {
  readonly app: HclBlock | undefined;
  readonly project: HclBlock | undefined;
  readonly variables: readonly HclBlock[];
  readonly protections: ReadonlyMap<HclBlock, BranchProtection>;
}

function describe(
  block: HclBlock,
  { app, project, variables, protections }: Found,
): Pick<TakenLine, 'became' | 'left' | 'stays'> | undefined {
  const [type, name] = block.labels;
  if (block === app) return { became: 'appName in infrastructure.mts; existing.herokuApp imports the app' };
  if (block === project) return { became: 'gitlab in infrastructure.mts; existing.gitlabProject imports the project' };
  if (protections.has(block))
    return { became: 'GitlabBranchProtection in infrastructure.mts; tozo infrastructure import imports it' };
  if (variables.includes(block))
    return {
      became: 'created by infrastructure.mts; existing.variablesScope imports it, and its scope becomes production/*',
    };
  switch (block.type) {
    case 'resource':
      return describeResource(type ?? '', name ?? '');
    case 'provider':
    case 'terraform':
      return { became: 'written by infrastructure.mts' };
    case 'variable':
      return {
        became: /heroku_\w*(?:key|token)/i.test(type ?? '')
          ? 'TF_VAR_heroku_api_key'
          : 'not needed, or a value in infrastructure.mts',
      };
    case 'module':
    case 'data':
      return { left: 'keep it in Terraform, without the resources that infrastructure.mts has', stays: true };
    default:
      return undefined;
  }
}

function describeResource(type: string, name: string): Pick<TakenLine, 'left' | 'stays'> {
  if (type === 'heroku_config' || type === 'heroku_app_config_association')
    return {
      left: 'each config var has one owner: keep these here, and leave them out of configVars in deploy.json',
      stays: true,
    };
  if (type === 'heroku_formation' || type === 'heroku_build' || type === 'heroku_app_release')
    return { left: 'remove it: deploys manage dynos and images, so Terraform would undo them' };
  if (type === 'heroku_app' || type === 'gitlab_project')
    return { left: `one app and one project per infrastructure.mts: add ${name} with another one`, stays: true };
  const construct = constructs[type];
  if (construct !== undefined)
    return { left: `keep it in Terraform, or write it as ${construct} in infrastructure.mts`, stays: true };
  return { left: 'keep it in Terraform; infrastructure.mts has no such resource', stays: true };
}

/** The constructs of @tozo/infrastructure for resources that aren't taken over. */
const constructs: Readonly<Record<string, string>> = {
  gitlab_branch_protection: 'GitlabBranchProtection',
  gitlab_project_environment: 'GitlabProjectEnvironment',
  gitlab_project_protected_environment: 'GitlabProtectedEnvironment',
  gitlab_project_variable: 'GitlabProjectVariable',
  heroku_addon: 'HerokuAddon',
  heroku_app_feature: 'HerokuAppFeature',
  heroku_collaborator: 'HerokuCollaborator',
  heroku_domain: 'HerokuDomain',
  heroku_drain: 'HerokuDrain',
  heroku_pipeline: 'HerokuPipeline',
  heroku_pipeline_coupling: 'HerokuPipelineCoupling',
};

/** Returns the path of a project in GitLab by a remote such as git@gitlab.com:group/shop.git. */
function pathOf(remote: string | undefined): string | undefined {
  return /^(?:[\w+]+:\/\/[^/]+\/|[^@/]+@[^:/]+:)(.+?)(?:\.git)?\/?$/.exec(remote ?? '')?.[1];
}

function defined<Name extends string>(name: Name, value: string | undefined): { readonly [key in Name]?: string } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [key in Name]?: string });
}
