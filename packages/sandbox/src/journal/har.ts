import { packageVersion } from '../process/package-version.ts';
import type { JournalEntry, JournalHeader, JournalMessage } from './entry.ts';

/** An HTTP Archive, the format of browsers' developer tools. */
export interface Har {
  readonly log: {
    readonly version: '1.2';
    readonly creator: { readonly name: string; readonly version: string };
    readonly entries: readonly object[];
  };
}

/**
 * Converts entries to HTTP Archive 1.2, with the custom fields `_service` and `_faults`.
 * @see http://www.softwareishard.com/blog/har-12-spec/
 */
export function toHar(entries: readonly JournalEntry[]): Har {
  return {
    log: {
      version: '1.2',
      creator: { name: '@tozo/sandbox', version: packageVersion },
      entries: entries.map(harEntry),
    },
  };
}

function harEntry(entry: JournalEntry): object {
  const { time, ms, timings, connection, service, faults } = entry;
  return {
    startedDateTime: time,
    time: ms,
    request: harRequest(entry),
    response: harResponse(entry),
    cache: {},
    timings,
    serverIPAddress: '127.0.0.1',
    connection: String(connection),
    _service: service,
    ...(faults.length > 0 ? { _faults: faults, comment: `injected fault: ${faults.join(', ')}` } : {}),
  };
}

function harRequest({ method, url, bytesIn, request }: JournalEntry): object {
  return {
    method,
    url,
    ...harMessage(request, bytesIn),
    queryString: [...new URLSearchParams(url.split('?', 2)[1] ?? '')].map(([name, value]) => ({ name, value })),
    ...(request.body === undefined
      ? {}
      : { postData: { mimeType: valueOf(request.headers, 'content-type'), text: request.body } }),
  };
}

function harResponse({ status, bytesOut, answer }: JournalEntry): object {
  return {
    status,
    statusText: answer.statusText,
    ...harMessage(answer, bytesOut),
    content: {
      size: bytesOut,
      mimeType: valueOf(answer.headers, 'content-type'),
      ...(answer.body === undefined ? {} : { text: answer.body }),
    },
    redirectURL: valueOf(answer.headers, 'location'),
  };
}

/** Omits cookies because they are secrets; the headers show that there were some. */
function harMessage({ httpVersion, headers, headBytes }: JournalMessage, bodyBytes: number): object {
  return { httpVersion, headers, cookies: [], headersSize: headBytes, bodySize: bodyBytes };
}

function valueOf(headers: readonly JournalHeader[], name: string): string {
  return headers.find((header) => header.name.toLowerCase() === name)?.value ?? '';
}
