import { HerokuError } from '../errors.ts';

/**
 * Returns the proxy in HTTPS_PROXY, else in HTTP_PROXY; names in lower case win. As in curl, the scheme is optional.
 * @throws HerokuError OPTIONS_INVALID, without the proxy's password
 */
export function readProxyUrl(): URL | undefined {
  const name = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].find((key) => process.env[key]);
  if (name === undefined) return undefined;
  const text = process.env[name] ?? '';
  const address = text.includes('://') ? text : `http://${text}`;
  if (/^(?:https?|socks5?):/i.test(address) && URL.canParse(address)) return new URL(address);
  throw new HerokuError('OPTIONS_INVALID', `${name} isn't a proxy URL: use one such as http://proxy.example.com:3128.`);
}
