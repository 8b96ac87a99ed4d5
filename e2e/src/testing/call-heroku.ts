import type { SandboxConnection } from '@tozo/sandbox';

export interface CallOptions {
  readonly body?: unknown;
  /** A variant of version 3, such as `docker-releases`. */
  readonly variant?: string;
}

/** Calls a sandbox's Heroku API as a person would, outside of a deploy. Returns the JSON of the response. */
export async function callHeroku(
  { urls, apiKey }: Pick<SandboxConnection, 'urls' | 'apiKey'>,
  method: string,
  path: string,
  { body, variant }: CallOptions = {},
): Promise<unknown> {
  const response = await fetch(`${urls.heroku}${path}`, {
    method,
    headers: {
      accept: `application/vnd.heroku+json; version=3${variant ? `.${variant}` : ''}`,
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}
