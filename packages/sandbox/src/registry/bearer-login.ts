import { randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { Clock } from '../time/clock.ts';
import { type Credentials, parseBasic } from './basic-login.ts';
import { answerBytes, answerError, type Exchange, exchangeOf, isReading, urlOf } from './exchange.ts';
import type { Authenticate, Need } from './login.ts';
import { Refusal } from './refusal.ts';

export interface BearerLoginOptions {
  /** Who may push and pull. Default: no one can log in. */
  readonly accepts?: (credentials: Credentials) => boolean;
  /** Whether anyone gets a pull token, as on Docker Hub. Default: false. */
  readonly anonymousPull?: boolean;
  /** Default: 300, as on Docker Hub. */
  readonly tokenSeconds?: number;
  /** Default: the machine's time. */
  readonly clock?: Clock | undefined;
}

export interface BearerLogin {
  readonly authenticate: Authenticate;
  /** Returns the listener with the token endpoint added at `/token`. */
  readonly withTokens: (listener: RequestListener) => RequestListener;
}

interface Token {
  readonly grants: ReadonlySet<string>;
  readonly expires: number;
}

const grantOf = ({ repository, access }: Need): string => `${repository}:${access}`;

/** Issues expiring tokens for single repositories: the GET form of distribution's "Token Authentication Specification". */
export function createBearerLogin(options: BearerLoginOptions): BearerLogin {
  const { accepts = () => false, anonymousPull = false, tokenSeconds = 300, clock = new Clock() } = options;
  const tokens = new Map<string, Token>();

  const authenticate: Authenticate = (request, needs) => {
    const text = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
    const token = tokens.get(text ?? '');
    const isValid = token !== undefined && token.expires > clock.now();
    if (isValid && needs.every((need) => token.grants.has(grantOf(need)))) return;
    const error = text === undefined ? '' : `,error="${isValid ? 'insufficient_scope' : 'invalid_token'}"`;
    const realm = urlOf({ request }, '/token', 'absolute');
    const challenge = `Bearer realm="${realm}",service="${request.headers.host ?? ''}"${scopeOf(needs)}${error}`;
    throw new Refusal('UNAUTHORIZED', 'authentication required', { headers: { 'www-authenticate': challenge } });
  };

  function issue({ request, query }: Exchange): object {
    const credentials = parseBasic(request.headers.authorization);
    const isKnown = credentials !== undefined && accepts(credentials);
    if (request.headers.authorization !== undefined && !isKnown) {
      throw new Refusal('UNAUTHORIZED', 'incorrect username or password');
    }
    if (!isKnown && !anonymousPull) throw new Refusal('UNAUTHORIZED', 'authentication required');
    const allowed = isKnown ? ['pull', 'push'] : ['pull'];
    const grants = query.getAll('scope').flatMap((scopes) => grantsIn(scopes, allowed));
    for (const [text, { expires }] of tokens) if (expires <= clock.now()) tokens.delete(text);
    const token = randomBytes(24).toString('base64url');
    tokens.set(token, { grants: new Set(grants), expires: clock.now() + tokenSeconds * 1000 });
    return { token, access_token: token, expires_in: tokenSeconds, issued_at: clock.date().toISOString() };
  }

  return {
    authenticate,
    withTokens: (listener) => (request, response) => {
      const exchange = exchangeOf(request, response);
      if (exchange.path !== '/token') return listener(request, response);
      try {
        if (!isReading(exchange)) throw new Refusal('UNSUPPORTED', 'request tokens with GET');
        answerBytes(exchange, { 'content-type': 'application/json' }, Buffer.from(JSON.stringify(issue(exchange))));
      } catch (error) {
        answerError(exchange, error);
      }
    },
  };
}

/** `repository:NAME:pull,push`, one per repository. */
function scopeOf(needs: readonly Need[]): string {
  const repositories = [...new Set(needs.map(({ repository }) => repository))];
  const scopes = repositories.map((name) => {
    const actions = needs.filter(({ repository }) => repository === name).map(({ access }) => access);
    return `repository:${name}:${[...new Set(actions)].join(',')}`;
  });
  return scopes.length === 0 ? '' : `,scope="${scopes.join(' ')}"`;
}

function grantsIn(scopes: string, allowed: readonly string[]): string[] {
  return scopes.split(' ').flatMap((scope) => {
    const [, repository, actions = ''] = /^repository:(.+):([a-z*,]+)$/.exec(scope) ?? [];
    return actions.split(',').flatMap((action) => (allowed.includes(action) ? [`${repository}:${action}`] : []));
  });
}
