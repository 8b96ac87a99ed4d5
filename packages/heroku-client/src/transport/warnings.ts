import type { Interceptor } from './send.ts';

/** Forwards the warnings in Heroku's `X-Heroku-Warning` headers, each text once. */
export function warnings(onWarning: (text: string) => void): Interceptor {
  const forwarded = new Set<string>();
  return (next) => async (request) => {
    const response = await next(request);
    const text = response.headers['x-heroku-warning']?.trim();
    if (text && !forwarded.has(text)) {
      forwarded.add(text);
      onWarning(text);
    }
    return response;
  };
}
