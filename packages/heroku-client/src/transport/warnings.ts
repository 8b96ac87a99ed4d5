import type { Redact } from './redact.ts';
import type { Interceptor } from './send.ts';

/** Heroku's own header, and the one of its container releases. */
const headerNames = ['x-heroku-warning', 'warning-message'];

/** Returns what a response's headers warn of, each text once. */
export function warningsOf(headers: Readonly<Record<string, string>>): string[] {
  const texts = headerNames.map((name) => headers[name]?.trim() ?? '').filter((text) => text !== '');
  return [...new Set(texts)];
}

/** Forwards the warnings in Heroku's responses, redacted, each text once. */
export function warnings(onWarning: (text: string) => void, redact: Redact): Interceptor {
  const forwarded = new Set<string>();
  return (next) => async (request) => {
    const response = await next(request);
    for (const text of warningsOf(response.headers).map((it) => redact(it, request.secrets))) {
      if (forwarded.has(text)) continue;
      forwarded.add(text);
      onWarning(text);
    }
    return response;
  };
}

/** Warns before the first request over https if certificates aren't checked. Node.js reads the variable per connection. */
export function insecureTls(onWarning: (text: string) => void): Interceptor {
  let hasWarned = false;
  return (next) => (request) => {
    if (!hasWarned && request.url.startsWith('https:') && process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0') {
      hasWarned = true;
      onWarning(
        'NODE_TLS_REJECT_UNAUTHORIZED=0 turns off certificate checks: anyone on the network can read the API key. Unset it; if your proxy signs certificates, set NODE_EXTRA_CA_CERTS to its CA.',
      );
    }
    return next(request);
  };
}
