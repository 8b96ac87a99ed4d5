import { STATUS_CODES, type ServerResponse } from 'node:http';

/** Heroku's codes of errors that its router answers itself. */
export const routerErrors = {
  H10: 'App crashed',
  H12: 'Request timeout',
  H13: 'Connection closed without response',
  H14: 'No web dynos running',
  H15: 'Idle connection',
  H18: 'Server request interrupted',
  H20: 'App boot timeout',
  H21: 'Backend connection refused',
  H27: 'Client request interrupted',
  H80: 'Maintenance mode',
} as const;

export type RouterErrorCode = keyof typeof routerErrors;

/** The header that names the code. Heroku tells it in the app's log only; without a terminal open that is hard to find. */
export const errorHeader = 'x-router-error';

/** A page for people, with the code and its meaning; 503, as at Heroku. */
export function answerErrorPage(response: ServerResponse, code: RouterErrorCode): void {
  const page = pageOf(code);
  response.writeHead(503, pageHeaders(code, page)).end(page);
}

/** The same as the raw bytes of a whole answer, for a connection that asked to be upgraded. */
export function rawErrorPage(code: RouterErrorCode): string {
  const page = pageOf(code);
  const headers = Object.entries(pageHeaders(code, page)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 503 ${STATUS_CODES[503]}\r\n${headers.join('')}connection: close\r\n\r\n${page}`;
}

function pageHeaders(code: RouterErrorCode, page: string) {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'cache-control': 'no-cache, no-store',
    [errorHeader]: code,
  };
}

function pageOf(code: RouterErrorCode): string {
  const [title, text] =
    code === 'H80'
      ? ['Offline for maintenance', 'This app is being worked on and will be back.']
      : ['Application error', 'The app could not serve this page. Its log tells more.'];
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1rem}code{color:#555}</style></head>
<body><h1>${title}</h1><p>${text}</p><p><code>${code} ${routerErrors[code]}</code></p></body>
</html>
`;
}
