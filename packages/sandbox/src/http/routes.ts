/** A route's path parameters by name; every one that the pattern names is present. */
export type PathParameters = Readonly<Record<string, string>>;

/** One method on one path pattern, such as `GET /apps/:app`. A parameter never spans a slash. */
export interface Route<Handle> {
  readonly method: string;
  readonly pattern: string;
  readonly handle: Handle;
}

export type RouteMatch<Handle> =
  | { readonly kind: 'found'; readonly handle: Handle; readonly parameters: PathParameters }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'not-found' };

/** Finds the route for a method and a pathname; parameters are percent-decoded, a malformed escape matches nothing. */
export function matchRoute<Handle>(
  routes: readonly Route<Handle>[],
  method: string,
  pathname: string,
): RouteMatch<Handle> {
  const segments = pathname.split('/');
  const onPath = routes.flatMap((route) => {
    const parameters = matchPattern(route.pattern.split('/'), segments);
    return parameters ? [{ route, parameters }] : [];
  });
  const found = onPath.find(({ route }) => route.method === method);
  if (found) return { kind: 'found', handle: found.route.handle, parameters: found.parameters };
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
    const value = decode(segment);
    if (!value) return undefined;
    parameters[part.slice(1)] = value;
  }
  return parameters;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
