import type { Interceptor } from './send.ts';

/** Hands on what Heroku says in `X-Heroku-Warning` headers, each text once. */
export function warnings(onWarning: (text: string) => void): Interceptor {
  const told = new Set<string>();
  return (next) => async (request) => {
    const answer = await next(request);
    const text = answer.headers['x-heroku-warning']?.trim();
    if (text && !told.has(text)) {
      told.add(text);
      onWarning(text);
    }
    return answer;
  };
}
