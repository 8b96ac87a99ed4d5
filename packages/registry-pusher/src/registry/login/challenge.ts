/*
 * challenges = challenge *( "," challenge )          empty list elements are allowed
 * challenge  = scheme [ 1*SP ( token68 / param *( "," param ) ) ]
 * param      = token "=" ( token / quoted-string )
 * @see RFC 9110, 11.6.1 · https://distribution.github.io/distribution/spec/auth/token/
 */

/** One way in which a registry lets itself be shown who is asking. `scheme` and parameter names are lower-case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const parameterGrammar = new RegExp(`(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))\\s*(?=,|$)`, 'y');
const schemeGrammar = new RegExp(`(${token})(?:\\s+|(?=,|$))`, 'y');
const token68Grammar = /[A-Za-z0-9._~+/-]+=*\s*(?=,|$)/y;
const separatorGrammar = /[\s,]+/y;

/** Parses a WWW-Authenticate header; several header lines joined by commas read the same. What is no challenge is left out. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (grammar: RegExp) => {
    grammar.lastIndex = at;
    const match = grammar.exec(header);
    if (match) at = grammar.lastIndex;
    return match;
  };
  while (at < header.length) {
    if (take(separatorGrammar)) continue;
    const current = challenges.at(-1);
    const parameter = take(parameterGrammar);
    if (parameter) {
      const [, name, quoted, plain] = parameter;
      if (current) current.parameters[name!.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain!;
      continue;
    }
    const scheme = take(schemeGrammar);
    if (scheme) {
      challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: {} });
      continue;
    }
    if (!take(token68Grammar)) break;
  }
  return challenges;
}

/** The challenge to answer: Bearer where its realm is named, else Basic; undefined when there is neither. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return (
    challenges.find(({ scheme, parameters }) => scheme === 'bearer' && Boolean(parameters['realm'])) ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}
