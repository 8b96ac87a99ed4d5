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
