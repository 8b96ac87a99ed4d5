import { STATUS_CODES, type ServerResponse } from 'node:http';

/** The errors that Heroku's router reports, by code. */
export const routerErrors = {
  H10: 'App crashed',
  H12: 'Request timeout',
  H13: 'Connection closed without response',
  H14: 'No web dynos running',
  H15: 'Idle connection',
  H17: 'Poorly formatted HTTP response',
  H18: 'Server Request Interrupted',
  H20: 'App boot timeout',
  H21: 'Backend connection refused',
  H25: 'HTTP restriction',
  H27: 'Client Request Interrupted',
  H80: 'Maintenance mode',
} as const;

export type RouterErrorCode = keyof typeof routerErrors;

/** The header with the code. Heroku shows the code only in the app's log, which is hard to find. */
export const errorHeader = 'x-router-error';

/** Sends an error page with the code and its meaning, status 503 as on Heroku. */
export function sendErrorPage(response: ServerResponse, code: RouterErrorCode): void {
  const page = renderPage(code);
  response.writeHead(503, pageHeaders(code, page)).end(page);
}

/** Returns the same response as raw bytes, for a connection that requested an upgrade. */
export function rawErrorPage(code: RouterErrorCode): string {
  const page = renderPage(code);
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

function renderPage(code: RouterErrorCode): string {
  const [title, text] =
    code === 'H80'
      ? ['Offline for maintenance', 'This app is undergoing maintenance and will be back soon.']
      : ['Application error', 'The app could not serve this page. See its log for details.'];
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1rem}code{color:#555}</style></head>
<body><h1>${title}</h1><p>${text}</p><p><code>${code} ${routerErrors[code]}</code></p></body>
</html>
`;
}
