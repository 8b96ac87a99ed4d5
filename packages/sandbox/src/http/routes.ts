/** A route's path parameters by name; every parameter in the pattern is present. */
export type PathParameters = Readonly<Record<string, string>>;

/** One method on one path pattern, such as `GET /apps/:app`. A parameter never spans a slash. */
export interface Route<Handle> {
  readonly method: string;
  readonly pattern: string;
  readonly handle: Handle;
}

export type RouteMatch<MatchedRoute> =
  | { readonly kind: 'found'; readonly route: MatchedRoute; readonly parameters: PathParameters }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'not-found' };

/** Finds the route for a method and a path. Parameters are percent-decoded; a malformed escape matches no route. */
export function matchRoute<MatchedRoute extends Route<unknown>>(
  routes: readonly MatchedRoute[],
  method: string,
  pathname: string,
): RouteMatch<MatchedRoute> {
  const segments = pathname.split('/');
  const onPath = routes.flatMap((route) => {
    const parameters = matchPattern(route.pattern.split('/'), segments);
    return parameters ? [{ route, parameters }] : [];
  });
  const found = onPath.find(({ route }) => route.method === method);
  if (found) return { kind: 'found', ...found };
  if (onPath.length === 0) return { kind: 'not-found' };
  return { kind: 'method-not-allowed', allow: onPath.map(({ route }) => route.method) };
}

function matchPattern(pattern: readonly string[], segments: readonly string[]): PathParameters | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== segment) return undefined;
      continue;
    }
    const value = decodeSegment(segment);
    if (!value) return undefined;
    parameters[part.slice(1)] = value;
  }
  return parameters;
}

/** Returns a decoded path segment; undefined if its escapes are malformed. */
export function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
