import { type ApiRoute, type Call, parametersOf, projectOf } from '../call.ts';
import { badParameterError, GitlabError, invalidError } from '../errors.ts';
import type { Project } from '../model.ts';
import { namespaceNamed, namespaceOf, user } from '../namespaces.ts';
import { pagedReply } from '../paging.ts';

/** @see https://docs.gitlab.com/api/projects/ */
export const projectRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/api/v4/projects',
    handle: (call) =>
      pagedReply(
        call.projects.list().map((project) => projectView(project, call)),
        call.query,
        call.url,
      ),
  },
  {
    method: 'GET',
    pattern: '/api/v4/projects/:id',
    handle: (call) => ({ status: 200, body: projectView(projectOf(call), call) }),
  },
  {
    method: 'POST',
    pattern: '/api/v4/projects',
    handle: async (call) => {
      const parameters = await parametersOf(call);
      const { name, path = pathOf(name), namespace_id: namespaceId } = parameters;
      if (typeof path !== 'string' || path === '')
        throw badParameterError('name, path are missing, at least one parameter must be provided');
      if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(path)) throw invalidError({ path: ['is invalid'] });
      const namespace = namespaceId === undefined ? user.username : namespaceOf(call, Number(namespaceId))?.full_path;
      if (namespace === undefined) throw invalidError({ namespace: ['is not valid'] });
      const settings = settingsIn({ ...parameters, name: name ?? path });
      if (call.projects.find(`${namespace}/${path}`)) {
        throw invalidError({ name: ['has already been taken'], path: ['has already been taken'] });
      }
      const project = call.projects.ensure(`${namespace}/${path}`);
      project.settings = settings;
      call.projects.save(project);
      return { status: 201, body: projectView(project, call) };
    },
  },
  {
    method: 'PUT',
    pattern: '/api/v4/projects/:id',
    handle: async (call) => {
      const project = projectOf(call);
      const { path, ...parameters } = await parametersOf(call);
      const settings = settingsIn(parameters);
      if (typeof path === 'string') call.projects.move(project, path);
      project.settings = { ...project.settings, ...settings };
      call.projects.save(project);
      return { status: 200, body: projectView(project, call) };
    },
  },
  {
    method: 'DELETE',
    pattern: '/api/v4/projects/:id',
    handle: (call) => {
      const project = projectOf(call);
      call.states.removeProject(project.id);
      call.projects.remove(project);
      return { status: 202, body: { message: '202 Accepted' } };
    },
  },
];

const visibilities: readonly unknown[] = ['private', 'internal', 'public'];

/** Settings that the API publishes and that the sandbox keeps. It has nothing that they could change. */
const keptSettings = new Set([
  'allow_merge_on_skipped_pipeline',
  'auto_cancel_pending_pipelines',
  'auto_devops_enabled',
  'autoclose_referenced_issues',
  'build_git_strategy',
  'build_timeout',
  'builds_access_level',
  'ci_config_path',
  'ci_default_git_depth',
  'ci_forward_deployment_enabled',
  'ci_forward_deployment_rollback_allowed',
  'container_registry_access_level',
  'default_branch',
  'description',
  'environments_access_level',
  'initialize_with_readme',
  'issues_access_level',
  'keep_latest_artifact',
  'lfs_enabled',
  'merge_method',
  'merge_requests_access_level',
  'name',
  'only_allow_merge_if_all_discussions_are_resolved',
  'only_allow_merge_if_pipeline_succeeds',
  'package_registry_access_level',
  'public_jobs',
  'remove_source_branch_after_merge',
  'repository_access_level',
  'request_access_enabled',
  'resource_group_default_process_mode',
  'shared_runners_enabled',
  'snippets_access_level',
  'squash_option',
  'topics',
  'visibility',
  'wiki_access_level',
]);

/** Throws 400 for an invalid value, and 501 for a setting that the sandbox doesn't keep. */
function settingsIn(parameters: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { namespace_id: _, path: __, id: ___, ...settings } = parameters;
  const dropped = Object.keys(settings).filter((name) => !keptSettings.has(name));
  if (dropped.length > 0)
    throw new GitlabError(501, {
      message: `The sandbox doesn't keep these settings of a project: ${dropped.join(', ')}.`,
    });
  if (settings['visibility'] !== undefined && !visibilities.includes(settings['visibility']))
    throw badParameterError('visibility does not have a valid value');
  if (
    settings['name'] !== undefined &&
    (typeof settings['name'] !== 'string' || !/^[\p{L}\p{N}\p{Emoji}_][^\n]{0,254}$/u.test(settings['name']))
  )
    throw invalidError({
      name: [
        "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a letter, digit, emoji, or '_'.",
      ],
    });
  return settings;
}

function pathOf(name: unknown): string | undefined {
  return typeof name === 'string'
    ? name
        .trim()
        .toLowerCase()
        .replaceAll(/[^a-z0-9_.-]+/g, '-')
    : undefined;
}

function projectView(project: Project, { caller, url }: Call): Record<string, unknown> {
  const path = project.path.split('/').at(-1);
  const namespace = namespaceNamed(project.path.split('/').slice(0, -1).join('/'));
  const level = caller.kind === 'person' && caller.token.role === 'developer' ? 30 : 40;
  return {
    default_branch: 'main',
    visibility: 'private',
    description: null,
    name: path,
    ...project.settings,
    id: project.id,
    path,
    path_with_namespace: project.path,
    namespace,
    web_url: `${new URL(url).origin}/${project.path}`,
    created_at: project.created_at,
    permissions: { project_access: { access_level: level, notification_level: 3 }, group_access: null },
  };
}
