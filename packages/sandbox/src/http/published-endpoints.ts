interface Pattern {
  readonly path: RegExp;
  readonly methods: readonly string[];
}

/** One path segment; a malformed escape is none. */
const parameter = '(?:[^/%]|%[0-9A-Fa-f]{2})+';

/** The endpoints that a platform publishes, which the sandbox may lack. */
export class PublishedEndpoints {
  readonly #read: () => readonly string[];
  #patterns: readonly Pattern[] | undefined;

  /** @param read returns each path with its methods, such as `/apps/* GET PATCH`; `*` is a parameter, `**` also spans slashes */
  constructor(read: () => readonly string[]) {
    this.#read = read;
  }

  /** Returns the methods that a path has; none if the platform doesn't have the path. */
  methodsOf(pathname: string): readonly string[] {
    this.#patterns ??= this.#read().map(parsePattern);
    return this.#patterns.flatMap(({ path, methods }) => (path.test(pathname) ? methods : []));
  }
}

function parsePattern(line: string): Pattern {
  const [path = '', ...methods] = line.split(' ');
  const parts = path.split('*').map((part) => part.replaceAll('.', '\\.'));
  const source = parts.join(parameter).replaceAll(parameter + parameter, '.+');
  return { path: new RegExp(`^${source}$`), methods };
}
