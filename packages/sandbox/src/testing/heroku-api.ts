import type { Sandbox } from '../server/sandbox.ts';
import { publishedCallOf, schemaProblems } from './schema-check.ts';

/** A response of the Platform API with its JSON body. */
export interface ApiResponse<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The schema requires Heroku’s host in an app’s URL, calls a host name a URI, and lacks the variant docker-releases. */
const accepted =
  /\.web_url is http:\/\/127\.0\.0\.1:\d+\/ and does not match|formation\.docker_image is not in the schema|domain\.hostname is \S+ and does not match/;

/** A client of the Platform API. It checks each response against Heroku's published schema. */
export class HerokuApi {
  /** The published calls with a successful, valid response. */
  readonly checked = new Set<string>();
  readonly #sandbox: Pick<Sandbox, 'urls' | 'apiKey'>;

  constructor(sandbox: Pick<Sandbox, 'urls' | 'apiKey'>) {
    this.#sandbox = sandbox;
  }

  async request<Body = Record<string, unknown>>(
    method: string,
    path: string,
    { body, headers }: RequestOptions = {},
  ): Promise<ApiResponse<Body>> {
    const response = await fetch(`${this.#sandbox.urls.heroku}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.heroku+json; version=3',
        authorization: `Bearer ${this.#sandbox.apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const value = JSON.parse(await response.text()) as Body;
    if (response.ok) this.checked.add(assertShape(method, path, value));
    return { status: response.status, headers: response.headers, body: value };
  }

  get<Body = Record<string, unknown>>(path: string, options?: RequestOptions): Promise<ApiResponse<Body>> {
    return this.request<Body>('GET', path, options);
  }

  /** Sends one formation update with images. */
  release(app: string, updates: readonly Record<string, unknown>[]): Promise<ApiResponse<Record<string, unknown>[]>> {
    return this.request('PATCH', `/apps/${app}/formation`, {
      body: { updates },
      headers: { accept: 'application/vnd.heroku+json; version=3.docker-releases' },
    });
  }

  async releases(app: string): Promise<Release[]> {
    return (await this.get<Release[]>(`/apps/${app}/releases`)).body;
  }

  async newestRelease(app: string): Promise<Release> {
    const newest = (await this.releases(app)).at(-1);
    if (!newest) throw new Error(`${app} has no release.`);
    return newest;
  }

  /** Returns the app's log. */
  async log(app: string): Promise<string> {
    const { body } = await this.request('POST', `/apps/${app}/log-sessions`, { body: { lines: 1500 } });
    return (await fetch(String(body['logplex_url']))).text();
  }

  async dynos(app: string): Promise<Dyno[]> {
    return (await this.get<Dyno[]>(`/apps/${app}/dynos`)).body;
  }
}

export interface Release {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly current: boolean;
  readonly description: string;
  readonly output_stream_url: string | null;
  readonly eligible_for_rollback: boolean;
}

export interface Dyno {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly state: string;
  readonly command: string;
  readonly release: { readonly version: number };
}

function assertShape(method: string, path: string, value: unknown): string {
  const [pathname = ''] = path.split('?', 1);
  const call = publishedCallOf(method, pathname);
  if (call === undefined) throw new Error(`${method} ${pathname} is not in Heroku's schema.`);
  const problems = schemaProblems(call, value).filter((text) => !accepted.test(text));
  if (problems.length > 0) throw new Error(`${call} violates Heroku's schema: ${problems.join('; ')}`);
  return call;
}
