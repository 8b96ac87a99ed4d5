import type { RegistryPusherErrorCode } from '../../image/errors.ts';
import { herokuRules, rulesOf } from '../../image/registry-rules.ts';

/** What a registry said about a request that it refused. */
export interface Refusal {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
  readonly retryAfter: number | undefined;
}

export interface Interpretation {
  readonly code: RegistryPusherErrorCode;
  /** What to do next. */
  readonly advice: string;
}

/** Returns what a refusal means. The registry's own words stay in the message, next to this advice. */
export function interpretRefusal(refusal: Refusal, subject: string): Interpretation {
  const { status, code, text, retryAfter } = refusal;
  const known = knownReasons.find(({ matches }) => matches(refusal));
  if (known !== undefined) return { code: 'REGISTRY_DENIED', advice: known.advice };
  if (status === 401)
    return {
      code: 'REGISTRY_UNAUTHORIZED',
      advice: `Check that ${subject} exists, and check the username and password or token.`,
    };
  if (status === 403)
    return {
      code: 'REGISTRY_DENIED',
      advice: `These credentials can't access ${subject}: check its name and your permissions.`,
    };
  if (status === 400 && code === undefined && text === '' && isAtHeroku(subject))
    return {
      code: 'REGISTRY_DENIED',
      advice: `Heroku responds like this when ${subject} isn't an app of this account: check the app's name and the key's owner.`,
    };
  if (status === 404)
    return { code: 'REGISTRY_DENIED', advice: `${subject} wasn't found: check its name and your permissions.` };
  if (status === 413)
    return {
      code: 'REGISTRY_PROTOCOL',
      advice:
        'The registry, or a proxy in front of it, has a limit for the size of a request: raise it (nginx: client_max_body_size).',
    };
  if (status === 429) {
    const wait = retryAfter === undefined ? 'later' : `in ${Math.ceil(retryAfter / 1000)} s`;
    return {
      code: 'REGISTRY_RATE_LIMITED',
      advice: `Too many requests: retry ${wait}, log in for a higher limit (docker login), or use a mirror.`,
    };
  }
  if (status >= 500) return { code: 'REGISTRY_UNREACHABLE', advice: 'The registry is failing: retry later.' };
  if (code === 'DIGEST_INVALID' || code === 'SIZE_INVALID')
    return {
      code: 'REGISTRY_PROTOCOL',
      advice: "What the registry received isn't what was sent: push again, and check the proxy if there is one.",
    };
  return {
    code: 'REGISTRY_PROTOCOL',
    advice: `Unexpected response from ${subject}: check the address and the proxy.`,
  };
}

/** Refusals that registries explain in words of their own, each with what helps. */
const knownReasons: readonly { readonly matches: (refusal: Refusal) => boolean; readonly advice: string }[] = [
  {
    // Amazon ECR: TAG_INVALID; Harbor: PRECONDITION; Azure: a locked tag; Google: tag immutability.
    matches: ({ status, text }) => isRefused(status) && /immutab|cannot be overwritten|is locked/i.test(text),
    advice: "The registry doesn't let this tag move: push another tag, or allow overwriting it in the registry.",
  },
  {
    // Harbor, GitLab, Quay.
    matches: ({ status, text }) =>
      isRefused(status) && /quota|exceed the configured upper limit|storage limit/i.test(text),
    advice: 'The registry has no space left for this project: delete old images, or raise its quota.',
  },
  {
    matches: ({ status, code }) => status === 404 && code === 'NAME_UNKNOWN',
    advice: "The repository doesn't exist. Some registries need it before the first push: create it there.",
  },
];

function isAtHeroku(subject: string): boolean {
  return rulesOf(subject.split('/')[0]!) === herokuRules;
}

function isRefused(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429;
}
