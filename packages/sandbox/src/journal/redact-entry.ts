import type { JournalEntry, JournalHeader } from './entry.ts';
import type { Recording } from './recording.ts';
import type { Redactor } from './redact.ts';

/** Returns a recording as a journal entry without secrets. */
export function redactEntry(recording: Recording, redact: Redactor): JournalEntry {
  const { number, service, connection, method, target, status, bytesIn, bytesOut, faults } = recording;
  const path = redact.url(target);
  const { send, wait, receive } = recording;
  const timings = { send: round(send), wait: round(wait), receive: round(receive) };
  return {
    number,
    time: new Date(recording.time).toISOString(),
    service,
    connection,
    method: redact.text(method),
    path,
    url: urlOf(recording, path, redact),
    status,
    bytesIn,
    bytesOut,
    ms: round(timings.send + timings.wait + timings.receive),
    timings,
    request: redactRequest(recording, redact),
    answer: redactResponse(recording, redact),
    faults,
  };
}

function redactRequest(recording: Recording, redact: Redactor): JournalEntry['request'] {
  const { service, target, method, httpVersion, requestHeaders, requestBody } = recording;
  const firstLine = `${method} ${target} HTTP/${httpVersion}\r\n`;
  const contentType = valueOf(requestHeaders, 'content-type');
  const body = redact.body(requestBody, { service, path: target, contentType });
  return {
    httpVersion: `HTTP/${httpVersion}`,
    headers: redactHeaders(requestHeaders, redact),
    // Two bytes follow each name and value (`: ` or CRLF), and the empty line.
    headBytes: requestHeaders.reduce((sum, text) => sum + text.length + 2, firstLine.length + 2),
    ...(body === undefined ? {} : { body }),
  };
}

function redactResponse(recording: Recording, redact: Redactor): JournalEntry['answer'] {
  const { service, target, status, responseHead, responseBody } = recording;
  const [firstLine = '', ...lines] = responseHead.split('\r\n').filter((line) => line !== '');
  const [, httpVersion = '', statusText = ''] = /^(\S+) \d+ ?(.*)$/.exec(firstLine) ?? [];
  const headers = lines.flatMap((line) => {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
    return [name, value];
  });
  const contentType = valueOf(headers, 'content-type');
  const body = redact.body(responseBody, { service, path: target, contentType, status });
  return {
    httpVersion,
    statusText: redact.text(statusText),
    headers: redactHeaders(headers, redact),
    headBytes: responseHead.length,
    ...(body === undefined ? {} : { body }),
  };
}

/** @param headers name, value, name, value, … */
function redactHeaders(headers: readonly string[], redact: Redactor): JournalHeader[] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 ? [{ name: redact.text(name), value: redact.header(name, headers[index + 1] ?? '') }] : [],
  );
}

function valueOf(headers: readonly string[], name: string): string {
  const at = headers.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at < 0 ? '' : (headers[at + 1] ?? '');
}

function urlOf({ isEncrypted, requestHeaders, service }: Recording, path: string, redact: Redactor): string {
  if (/^https?:/i.test(path)) return path;
  const host = redact.text(valueOf(requestHeaders, 'host')) || service;
  return `${isEncrypted ? 'https' : 'http'}://${host}${path.startsWith('/') ? '' : '/'}${path}`;
}

const round = (ms: number): number => Math.round(ms * 10) / 10;
