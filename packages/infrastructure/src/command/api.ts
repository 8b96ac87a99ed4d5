import { InfrastructureError } from '../errors.ts';
import { stateSetting } from './settings.ts';
import type { TerraformFile } from './terraform-file.ts';

const timeoutMs = 15_000;

/** Reads JSON from one of the two APIs. The body is undefined if it isn't JSON. */
export type ReadApi = (path: string) => Promise<ApiResponse>;

export interface ApiResponse {
  readonly status: number;
  readonly body: unknown;
  /** The path of the next page, from the header Link. */
  readonly next: string | undefined;
}

interface Connection {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** Returns how to read Heroku's Platform API with HEROKU_API_KEY. */
export function connectHeroku({ env, signal }: Connection): ReadApi {
  const base = trustedUrl('HEROKU_API_URL', env['HEROKU_API_URL'] || 'https://api.heroku.com', ['api.heroku.com']);
  const headers = {
    accept: 'application/vnd.heroku+json; version=3',
    authorization: `Bearer ${env['HEROKU_API_KEY']?.trim()}`,
  };
  return reader(base, headers, signal);
}

/** Returns how to read GitLab's API with GITLAB_TOKEN, at the address that the provider uses. */
export function connectGitlab(file: TerraformFile, { env, signal }: Connection): ReadApi {
  const url = file.gitlabUrl ?? (env['GITLAB_BASE_URL'] || 'https://gitlab.com/api/v4/');
  const base = trustedUrl('GITLAB_BASE_URL', url, undefined);
  return reader(base, { 'private-token': env['GITLAB_TOKEN']?.trim() ?? '' }, signal);
}

/**
 * Reads the state as Terraform's HTTP backend does, but without its lock. Returns an empty text before the first apply.
 * @throws Error with the status, if it can't be read
 */
export async function readStateOverHttp(file: TerraformFile, { env, signal }: Connection): Promise<string> {
  const setting = (name: string): string | undefined => stateSetting(file, name, env);
  const url = trustedUrl("The state's address", setting('TF_HTTP_ADDRESS') ?? '', undefined);
  const [user, password] = [setting('TF_HTTP_USERNAME'), setting('TF_HTTP_PASSWORD')];
  const basic = Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64');
  const response = await get(url, user || password ? { authorization: `Basic ${basic}` } : {}, signal);
  // GitLab responds with 204 or 404 to who may read a state that doesn't exist yet.
  if (response.status === 204 || response.status === 404) return '';
  if (!response.ok)
    throw new Error(
      `GET of the state's address responded with ${response.status}: check TF_HTTP_ADDRESS, TF_HTTP_USERNAME and TF_HTTP_PASSWORD`,
    );
  return response.text();
}

/** A token goes to a host only over https, or on this machine. */
function trustedUrl(name: string, text: string, hosts: readonly string[] | undefined): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLoopback = url !== undefined && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
  const isTrusted = url?.protocol === 'https:' && (hosts?.includes(url.hostname) ?? true);
  if (isLoopback || isTrusted) return text.replace(/\/+$/, '');
  throw new InfrastructureError(
    'SETTINGS_INVALID',
    `${name} is "${text}", which would get a token: use https${hosts ? ` and ${hosts.join(' or ')}` : ''}, or unset it.`,
  );
}

function reader(base: string, headers: Record<string, string>, signal: AbortSignal | undefined): ReadApi {
  return async (path) => {
    const response = await get(`${base}${path}`, headers, signal);
    const text = await response.text();
    const next = /<([^>]+)>; *rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    return {
      status: response.status,
      body: parse(text),
      next: next?.startsWith(base) ? next.slice(base.length) : undefined,
    };
  };
}

function get(url: string, headers: Record<string, string>, signal: AbortSignal | undefined): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs);
  return fetch(url, { headers, redirect: 'error', signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
