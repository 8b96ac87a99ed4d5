import type { Resource, Value } from './msgpack.ts';

export type Fields = Readonly<Record<string, Value>>;

/** A request that failed, as the providers report it: with the status, and what the server said. */
export class ApiError extends Error {
  readonly status: number;

  constructor(method: string, url: string, status: number, body: string) {
    super(`${method} ${url}: ${status} ${body}`);
    this.status = status;
  }
}

export type Send = (method: string, path: string, body?: object) => Promise<Fields>;

/** Returns how to send JSON. Errors contain no headers. */
export function sender(base: string, headers: Readonly<Record<string, string>>): Send {
  return async (method, path, body) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...init,
    });
    const text = await response.text();
    if (!response.ok) throw new ApiError(method, `${base}${path}`, response.status, text);
    return (text === '' ? {} : JSON.parse(text)) as Fields;
  };
}

/** How a provider keeps one type of resource through an API. */
export interface ApiResource {
  /** Returns the attributes of what was created, enough for `read`. */
  create(send: Send, planned: Resource): Promise<Resource>;
  /** Returns the attributes as they are. Throws ApiError 404 if it's gone. */
  read(send: Send, state: Resource): Promise<Resource>;
  update?(send: Send, prior: Resource, planned: Resource): Promise<void>;
  delete(send: Send, state: Resource): Promise<void>;
  /** Returns what `read` needs. */
  import(id: string): Resource;
}

const defined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
/** Returns an ID or a name as text. */
export const textOf = (value: Value | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value));
const encoded = (value: Value | undefined): string => encodeURIComponent(textOf(value));
const split = (id: Value | undefined): string[] => textOf(id).split(':');

const appBody = ({ name, region, stack, organization }: Resource): Fields =>
  defined({
    name: name!,
    region: region!,
    stack: stack!,
    ...(Array.isArray(organization) && organization[0] ? { team: (organization[0] as Fields)['name']! } : {}),
  });

/** @see https://github.com/heroku/terraform-provider-heroku/tree/master/heroku */
export const herokuResources: Readonly<Record<string, ApiResource>> = {
  heroku_app: {
    create: async (send, planned) => ({ ...planned, id: (await send('POST', '/apps', appBody(planned)))['id']! }),
    read: async (send, state) => {
      const app = await send('GET', `/apps/${encoded(state['id'])}`);
      const named = (field: string): Value => (app[field] as Fields | null)?.['name'] ?? null;
      return {
        ...state,
        id: app['id']!,
        uuid: app['id']!,
        name: app['name']!,
        region: named('region'),
        stack: named('build_stack'),
        web_url: app['web_url']!,
        git_url: app['git_url']!,
        acm: app['acm']!,
        generation: named('generation'),
        heroku_hostname: `${textOf(app['name'])}.herokuapp.com`,
        internal_routing: false,
      };
    },
    update: async (send, prior, planned) => {
      await send('PATCH', `/apps/${encoded(prior['id'])}`, { name: planned['name'], build_stack: planned['stack'] });
    },
    delete: async (send, { id }) => void (await send('DELETE', `/apps/${encoded(id)}`)),
    import: (id) => ({ id }),
  },
};

const projectSettings = ['name', 'path', 'description', 'merge_method', 'default_branch'] as const;
const roleOf: Readonly<Record<number, string>> = { 0: 'no one', 30: 'developer', 40: 'maintainer', 60: 'admin' };
const levelOf = (role: Value | undefined): number | null => {
  const found = Object.entries(roleOf).find(([, name]) => name === role);
  return found ? Number(found[0]) : null;
};
const levelIn = (levels: Value | undefined): string => roleOf[Number((levels as Fields[])[0]?.['access_level'])]!;

/** @see https://gitlab.com/gitlab-org/terraform-provider-gitlab */
export const gitlabResources: Readonly<Record<string, ApiResource>> = {
  gitlab_project: {
    create: async (send, planned) => {
      const settings = Object.fromEntries(projectSettings.map((name) => [name, planned[name] ?? null]));
      const body = defined({
        ...settings,
        namespace_id: planned['namespace_id'] ?? null,
        visibility: planned['visibility_level'] ?? null,
      });
      return { ...planned, id: textOf((await send('POST', '/projects', body))['id']) };
    },
    read: async (send, state) => {
      const project = await send('GET', `/projects/${encoded(state['id'])}`);
      const { name, path, description, default_branch, web_url, path_with_namespace } = project;
      const namespace = (project['namespace'] as Fields)['id']!;
      return {
        ...state,
        id: textOf(project['id']),
        name: name!,
        path: path!,
        description: description!,
        default_branch: default_branch!,
        visibility_level: project['visibility']!,
        namespace_id: namespace,
        web_url: web_url!,
        path_with_namespace: path_with_namespace!,
      };
    },
    update: async (send, prior, planned) => {
      const settings = Object.fromEntries(projectSettings.map((name) => [name, planned[name] ?? null]));
      await send(
        'PUT',
        `/projects/${encoded(prior['id'])}`,
        defined({ ...settings, visibility: planned['visibility_level'] ?? null }),
      );
    },
    delete: async (send, { id }) => void (await send('DELETE', `/projects/${encoded(id)}`)),
    import: (id) => ({ id }),
  },
  gitlab_project_variable: {
    create: async (send, planned) => {
      const { project, id: _, hidden: __, ...body } = planned;
      const made = await send('POST', `/projects/${encoded(project)}/variables`, defined(body));
      return { ...planned, id: `${textOf(project)}:${textOf(made['key'])}:${textOf(made['environment_scope'])}` };
    },
    read: async (send, state) => {
      const [project = '', key = '', scope = ''] = split(state['id']);
      const { hidden, ...found } = await send(
        'GET',
        `/projects/${project}/variables/${key}?filter[environment_scope]=${encoded(scope)}`,
      );
      return {
        ...state,
        ...found,
        hidden: hidden!,
        project,
        description: found['description'] || (state['description'] ?? null),
      };
    },
    update: async (send, prior, planned) => {
      const [project = '', key = '', scope = ''] = split(prior['id']);
      const { project: _, id: __, hidden: ___, ...body } = planned;
      await send(
        'PUT',
        `/projects/${project}/variables/${key}?filter[environment_scope]=${encoded(scope)}`,
        defined(body),
      );
    },
    delete: async (send, state) => {
      const [project = '', key = '', scope = ''] = split(state['id']);
      await send('DELETE', `/projects/${project}/variables/${key}?filter[environment_scope]=${encoded(scope)}`);
    },
    import: (id) => ({ id, project: split(id)[0]! }),
  },
  gitlab_branch_protection: {
    // As the provider does: what protects the branch by default is replaced.
    create: async (send, planned) => {
      const path = `/projects/${encoded(planned['project'])}/protected_branches`;
      await send('DELETE', `${path}/${encoded(planned['branch'])}`).catch(() => undefined);
      const { branch, push_access_level: push, merge_access_level: merge, allow_force_push: force } = planned;
      await send(
        'POST',
        path,
        defined({
          name: branch!,
          push_access_level: levelOf(push),
          merge_access_level: levelOf(merge),
          allow_force_push: force!,
        }),
      );
      return { ...planned, id: `${textOf(planned['project'])}:${textOf(branch)}` };
    },
    read: async (send, state) => {
      const [project = '', ...branch] = split(state['id']);
      const found = await send('GET', `/projects/${project}/protected_branches/${encoded(branch.join(':'))}`);
      return {
        ...state,
        project,
        branch: found['name']!,
        branch_protection_id: found['id']!,
        push_access_level: levelIn(found['push_access_levels']),
        merge_access_level: levelIn(found['merge_access_levels']),
        allow_force_push: found['allow_force_push']!,
        code_owner_approval_required: found['code_owner_approval_required']!,
      };
    },
    delete: async (send, state) => {
      const [project = '', ...branch] = split(state['id']);
      await send('DELETE', `/projects/${project}/protected_branches/${encoded(branch.join(':'))}`);
    },
    import: (id) => ({ id }),
  },
  gitlab_project_environment: {
    create: async (send, planned) => {
      const { project, name, external_url, tier, description } = planned;
      const body = defined({ name: name!, external_url: external_url!, tier: tier!, description: description! });
      const made = await send('POST', `/projects/${encoded(project)}/environments`, body);
      return { ...planned, id: `${textOf(project)}:${textOf(made['id'])}` };
    },
    read: async (send, state) => {
      const [project = '', id = ''] = split(state['id']);
      const { name, external_url, tier, slug } = await send('GET', `/projects/${project}/environments/${id}`);
      return { ...state, project, name: name!, external_url: external_url!, tier: tier!, slug: slug! };
    },
    delete: async (send, state) => {
      const [project = '', id = ''] = split(state['id']);
      const path = `/projects/${project}/environments/${id}`;
      if (state['stop_before_destroy'] === true) await send('POST', `${path}/stop`);
      await send('DELETE', path);
    },
    import: (id) => ({ id }),
  },
};
