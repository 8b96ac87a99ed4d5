import type { IncomingMessage } from 'node:http';

/** The most that a head may have in all before its parts are looked at. */
export const maxHeadBytes = 10 * 2 ** 20;

const maxRequestLine = 8192;
const maxHeaders = 1000;
const maxNameBytes = 1000;
const maxValueBytes = 8192;
const maxResponseLine = 512 * 1024;

/**
 * Returns the status for a request that Heroku's router refuses, or undefined.
 * @see https://devcenter.heroku.com/articles/http-routing#http-validation-and-restrictions
 */
export function refusedStatus({ method = '', url = '', rawHeaders }: IncomingMessage): 400 | 414 | undefined {
  if (`${method} ${url} HTTP/1.1`.length > maxRequestLine) return 414;
  if (rawHeaders.length / 2 > maxHeaders) return 400;
  const isTooLong = rawHeaders.some((text, index) => text.length > (index % 2 === 0 ? maxNameBytes : maxValueBytes));
  return isTooLong ? 400 : undefined;
}

/** Returns whether a dyno's response has a header line, a cookie or a status line that is too long (H25). */
export function isRestricted({ rawHeaders, statusMessage = '' }: IncomingMessage): boolean {
  if (statusMessage.length > maxValueBytes) return true;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const most = name.toLowerCase() === 'set-cookie' ? maxValueBytes : maxResponseLine - name.length - 2;
    if (value.length > most) return true;
  }
  return false;
}
