import type { IncomingMessage, ServerResponse } from 'node:http';
import { send } from '../../http/exchange.ts';
import { formatLogLine, type LogLine } from '../state/app-log.ts';
import type { App } from '../apps/app.ts';
import type { LogSession } from './log-sessions.ts';
import type { Release } from '../state/model.ts';

/** Streams a release phase's output until it ends: 404 before any output, resumable with `Range: bytes=N-`. */
export function streamOutput(app: App, release: Release, request: IncomingMessage, response: ServerResponse): void {
  const { outputs } = app;
  const isOver = () => release.status !== 'pending';
  const length = outputs.lengthOf(release);
  if (length === 0 && !isOver()) return send(response, { status: 404, body: "The stream isn't open yet.\n" });
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  let sent = Number(range ?? 0);
  if (sent > length) return send(response, { status: 416 });
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'text/plain; charset=utf-8',
    ...(range === undefined ? {} : { 'content-range': `bytes ${sent}-*/*` }),
  });
  const write = () => {
    for (let part = outputs.read(release, sent); part; part = outputs.read(release, sent)) {
      if (response.writableNeedDrain) return;
      response.write(part.bytes);
      sent = part.end;
    }
    if (isOver()) response.end();
  };
  const unfollow = outputs.follow(release, write);
  response.on('drain', write);
  response.once('close', unfollow);
  response.flushHeaders();
  write();
}

/**
 * Sends the last lines of the log, then each new one if the session tails it: as text, or as events (`text/event-stream`) if
 * the client prefers them. After a reconnect with `Last-Event-ID`, the lines after that one.
 */
export function streamLog(session: LogSession, { headers }: IncomingMessage, response: ServerResponse): void {
  const areEvents = (headers.accept ?? '').includes('text/event-stream');
  const format = areEvents ? formatEvent : (line: LogLine) => `${formatLogLine(line)}\n`;
  response.writeHead(200, { 'content-type': `${areEvents ? 'text/event-stream' : 'text/plain'}; charset=utf-8` });
  const stored = session.app.log.lines(session.filter);
  const lastSeen = areEvents ? Number(headers['last-event-id'] ?? 0) : 0;
  const lines =
    lastSeen > 0 ? stored.filter(({ id }) => id > lastSeen) : stored.slice(Math.max(0, stored.length - session.lines));
  response.write(lines.map(format).join(''));
  if (!session.tail) return void response.end();
  const unfollow = session.app.log.follow(session.filter, (line) => response.write(format(line)));
  response.once('close', unfollow);
  response.flushHeaders();
}

function formatEvent(line: LogLine): string {
  const data = formatLogLine(line).split(/\r\n|\r|\n/);
  return `id: ${line.id}\n${data.map((part) => `data: ${part}\n`).join('')}\n`;
}
