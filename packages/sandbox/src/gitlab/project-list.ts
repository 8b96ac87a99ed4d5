import type { Reply } from '../http/exchange.ts';
import type { Caller } from './access.ts';
import type { Call } from './call.ts';
import { GitlabError, notImplementedError } from './errors.ts';
import { isFound, sortedBy } from './listing.ts';
import type { Project } from './model.ts';
import { user } from './namespaces.ts';
import { keysetReply, pagedReply } from './paging.ts';
import { choiceIn, flagIn, integerIn, textIn, textsIn } from './parameters.ts';

/** The documented query parameters that this list lacks. */
export const lackingFilters = [
  ...['active', 'custom_attributes', 'imported', 'include_hidden', 'include_pending_delete', 'last_activity_after'],
  ...['last_activity_before', 'marked_for_deletion_on', 'repository_checksum_failed', 'repository_storage', 'starred'],
  ...['statistics', 'topic_id', 'updated_after', 'updated_before', 'wiki_checksum_failed', 'with_custom_attributes'],
  ...['with_issues_enabled', 'with_merge_requests_enabled', 'with_programming_language'],
];

const lackingOrders = [
  ...['last_activity_at', 'packages_size', 'repository_size', 'similarity', 'star_count', 'storage_size'],
  ...['updated_at', 'wiki_size'],
];

const orders = {
  id: ({ id }: Project) => id,
  name: nameOf,
  path: (project: Project) => lastPartOf(project),
  created_at: (project: Project) => project.created_at,
};

const accessLevels = [5, 10, 15, 20, 25, 30, 40, 50];

/** Lists the projects that the query asks for, the newest first. Throws GitLab's 400 and 405. @see https://docs.gitlab.com/api/projects/#list-all-projects */
export function projectList(call: Call, viewOf: (project: Project) => Record<string, unknown>): Reply {
  const query = Object.fromEntries(call.query);
  const order = query['order_by'] ?? 'created_at';
  if (lackingOrders.includes(order)) throw notImplementedError(`GET /api/v4/projects?order_by=${order}`);
  const found = sortedBy(filtered(call), query, orders, { order: 'created_at', sort: 'desc' });
  const view = flagIn(query, 'simple') ? (project: Project) => simpleView(viewOf(project)) : viewOf;
  if (query['pagination'] !== 'keyset') return pagedReply(found.map(view), call.query, call.url);
  if (order === 'id') return keysetReply(found, view, call.query, call.url);
  throw new GitlabError(405, { error: 'Keyset pagination is not yet available for this type of request' });
}

function filtered({ projects, query: parameters, caller }: Call): Project[] {
  const query = Object.fromEntries(parameters);
  const search = textIn(query, 'search');
  const isPathSearched = flagIn(query, 'search_namespaces') ?? false;
  const visibility = choiceIn(query, 'visibility', ['private', 'internal', 'public']);
  const [after, before] = [integerIn(query, 'id_after') ?? 0, integerIn(query, 'id_before') ?? Infinity];
  const topics = textsIn(query, 'topic') ?? [];
  const level = Math.max(
    choiceIn(query, 'min_access_level', accessLevels) ?? 0,
    flagIn(query, 'owned') ? ownerLevel : 0,
  );
  // Each caller is a member of all projects, and none of them is archived.
  const isArchived = flagIn(query, 'archived') ?? false;
  flagIn(query, 'membership');
  return projects.list().filter((project) => {
    const { settings = {} } = project;
    const { topics: own = [], visibility: given = 'private' } = settings;
    const path = isPathSearched ? project.path : lastPartOf(project);
    const texts = [nameOf(project), path, textIn(settings, 'description') ?? ''];
    return (
      !isArchived &&
      isFound(search, texts) &&
      (visibility === undefined || visibility === given) &&
      project.id > after &&
      project.id < before &&
      topics.every((topic) => (own as readonly string[]).includes(topic)) &&
      levelIn(project, caller) >= level
    );
  });
}

const ownerLevel = 50;

/** Returns the caller's access level: Owner of what is in the user's own namespace, else what the token says. */
export function levelIn(project: Project, caller: Caller): number {
  if (caller.kind === 'person' && caller.token.role === 'developer') return 30;
  return project.path.split('/')[0] === user.username ? ownerLevel : 40;
}

function nameOf({ path, settings }: Project): string {
  return textIn(settings ?? {}, 'name') ?? lastPartOf({ path });
}

const lastPartOf = ({ path }: Pick<Project, 'path'>): string => path.split('/').at(-1) ?? '';

function simpleView(view: Record<string, unknown>): Record<string, unknown> {
  const { id, description, name, path, path_with_namespace, created_at, default_branch, web_url, namespace } = view;
  const identity = { id, description, name, path, path_with_namespace, created_at };
  return { ...identity, default_branch, web_url, namespace, topics: view['topics'] ?? [] };
}
