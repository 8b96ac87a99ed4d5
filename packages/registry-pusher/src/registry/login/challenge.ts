/*
 * challenges = challenge *( "," challenge )          empty list elements are allowed
 * challenge  = scheme [ 1*SP ( token68 / param *( "," param ) ) ]
 * param      = token "=" ( token / quoted-string )
 * @see RFC 9110, 11.6.1 · https://distribution.github.io/distribution/spec/auth/token/
 */

/** One authentication scheme that a registry offers. `scheme` and parameter names are lowercase. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameterGrammar = new RegExp(`(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))\\s*(?=,|$)`, 'y');
const schemeGrammar = new RegExp(`(${token})(?:\\s+|(?=,|$))`, 'y');
const token68Grammar = /[A-Za-z0-9._~+/-]+=*\s*(?=,|$)/y;
const separatorGrammar = /[\s,]+/y;

/** Parses a WWW-Authenticate header, or several joined by commas. Skips what isn't a challenge. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const match = (grammar: RegExp) => {
    grammar.lastIndex = at;
    const found = grammar.exec(header);
    if (found) at = grammar.lastIndex;
    return found;
  };
  while (at < header.length) {
    if (match(separatorGrammar)) continue;
    const current = challenges.at(-1);
    const parameter = match(parameterGrammar);
    if (parameter) {
      const [, name, quoted, plain] = parameter;
      if (current) current.parameters[name!.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain!;
      continue;
    }
    const scheme = match(schemeGrammar);
    if (scheme) {
      challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: {} });
      continue;
    }
    if (!match(token68Grammar)) break;
  }
  return challenges;
}

/** Returns the challenge to respond to: Bearer if it names a realm, else Basic, else undefined. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && Boolean(parameters['realm'])) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}

const scopeGrammar = /^([a-z]\w*(?:\([^)]*\))?:.+):([a-z*]+(?:,[a-z*]+)*)$/i;

/**
 * Returns the scopes that a challenge names and that `known` doesn't cover. Skips those that aren't `TYPE:NAME:ACTIONS`: Amazon's
 * public registry names `aws` for everything.
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 */
export function findFurtherScopes({ parameters }: Challenge, known: readonly string[]): string[] {
  const actionsByResource = new Map(
    known.flatMap((scope) => {
      const [, resource, actions] = scopeGrammar.exec(scope) ?? [];
      return resource === undefined ? [] : [[resource, new Set(actions!.split(','))] as const];
    }),
  );
  return (parameters['scope'] ?? '').split(/\s+/).filter((scope) => {
    const [, resource, actions] = scopeGrammar.exec(scope) ?? [];
    if (resource === undefined) return false;
    return !actions!.split(',').every((action) => actionsByResource.get(resource)?.has(action));
  });
}
