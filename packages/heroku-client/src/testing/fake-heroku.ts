import type { FakeResponse, SeenRequest } from './fake-api.ts';

export const imageId = `sha256:142013fe2b5c${'0'.repeat(52)}`;

export interface FakeRelease {
  readonly version: number;
  readonly description: string;
  readonly status?: string;
}

/** The app `shop` and its releases, as the API shows them. Written from the published schema. */
export interface FakeShop {
  readonly releases: FakeRelease[];
  add(description: string, status?: string): FakeRelease;
  readonly respond: (request: SeenRequest) => FakeResponse;
}

export function fakeShop(versions: number): FakeShop {
  const releases: FakeRelease[] = [];
  const add = (description: string, status = 'succeeded'): FakeRelease => {
    const release = { version: releases.length + 1, description, status };
    releases.push(release);
    return release;
  };
  for (let version = 1; version <= versions; version += 1) add(`Set V${version} config vars`);

  function respond({ method, path, headers, body }: SeenRequest): FakeResponse {
    if (method === 'GET' && path === '/apps/shop/releases') return page(String(headers.range));
    const version = /^\/apps\/shop\/releases\/(.+)$/.exec(path)?.[1];
    if (method === 'GET' && version !== undefined) {
      const found = releases.find((it) => String(it.version) === version || releaseId(it.version) === version);
      return found
        ? { json: releaseJson(found) }
        : { status: 404, json: { id: 'not_found', message: "Couldn't find that release." } };
    }
    if (method === 'PATCH' && path === '/apps/shop/formation') {
      const { updates } = body as { updates: { type: string; docker_image: string }[] };
      const description = `Deployed ${updates.map((it) => `${it.type} (${it.docker_image.slice(7, 19)})`).join(', ')}`;
      if (releases.at(-1)?.description !== description) add(description);
      return { json: updates.map(({ type }) => processTypeJson(type)) };
    }
    if (method === 'POST' && path === '/apps/shop/releases') {
      const target = releases.find((it) => releaseId(it.version) === (body as { release: string }).release);
      return { status: 201, json: releaseJson(add(`Rollback to v${target?.version}`)) };
    }
    return { status: 404, json: { id: 'not_found', message: "Couldn't find that." } };
  }

  function page(range: string): FakeResponse {
    const [, after = String(releases.length + 1), max = '200'] =
      /^version (?:\](\d+))?\.\.; max=(\d+), order=desc$/.exec(range) ?? [];
    const rest = releases.filter((it) => it.version < Number(after)).toReversed();
    const rows = rest.slice(0, Number(max));
    const more = rest.length > rows.length;
    return {
      status: more ? 206 : 200,
      headers: more ? { 'next-range': `version ]${rows.at(-1)?.version}..; max=${max}, order=desc` } : {},
      json: rows.map((it) => releaseJson(it)),
    };
  }

  return { releases, add, respond };
}

export function releaseId(version: number): string {
  return `01234567-89ab-cdef-0123-${String(version).padStart(12, '0')}`;
}

export function releaseJson({ version, description, status = 'succeeded' }: FakeRelease): Record<string, unknown> {
  return {
    id: releaseId(version),
    version,
    description,
    status,
    current: true,
    created_at: '2026-01-01T12:00:00Z',
    updated_at: '2026-01-01T12:00:00Z',
    user: { id: releaseId(0), email: 'shop@example.com' },
    output_stream_url: null,
    eligible_for_rollback: true,
  };
}

export function processTypeJson(type: string): Record<string, unknown> {
  return {
    id: releaseId(1),
    type,
    command: 'node server.js',
    quantity: 1,
    size: 'Basic',
    dyno_size: { id: releaseId(2), name: 'Basic' },
    app: { id: releaseId(3), name: 'shop' },
  };
}

export const appJson = {
  id: releaseId(3),
  name: 'shop',
  web_url: 'https://shop-0123456789ab.herokuapp.com/',
  stack: { id: releaseId(4), name: 'container' },
  build_stack: { id: releaseId(4), name: 'container' },
  maintenance: false,
  generation: { id: releaseId(5), name: 'cedar' },
  region: { id: releaseId(6), name: 'us' },
  space: null,
  created_at: '2026-01-01T12:00:00Z',
  released_at: '2026-01-01T12:00:00Z',
};

export const accountJson = {
  id: releaseId(7),
  email: 'shop@example.com',
  verified: true,
  suspended_at: null,
  delinquent_at: null,
};
