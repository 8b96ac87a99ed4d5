import type { Sandbox } from '../server/sandbox.ts';
import type { ApiResponse, RequestOptions } from './heroku-api.ts';

/** A client of GitLab's API. It sends a Maintainer's token unless the headers are given. */
export class GitlabApi {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(sandbox: Pick<Sandbox<'gitlab'>, 'urls' | 'gitlabToken'>, headers?: Readonly<Record<string, string>>) {
    this.#url = `${sandbox.urls.gitlab}/api/v4`;
    this.#headers = headers ?? { 'private-token': sandbox.gitlabToken };
  }

  async request<Body = unknown>(
    method: string,
    path: string,
    { body, headers }: RequestOptions = {},
  ): Promise<ApiResponse<Body>> {
    const given = { ...this.#headers, ...headers };
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const value = (text === '' ? undefined : JSON.parse(text)) as Body;
    return { status: response.status, headers: response.headers, body: value };
  }
}
