import type { IncomingMessage, ServerResponse } from 'node:http';
import { send } from '../../http/exchange.ts';
import { formatLogLine } from '../state/app-log.ts';
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

/** Sends the last lines of the log, then each new one if the session tails it. */
export function streamLog(session: LogSession, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  const lines = session.app.log.lines(session.filter);
  response.write(
    lines
      .slice(Math.max(0, lines.length - session.lines))
      .map((line) => `${formatLogLine(line)}\n`)
      .join(''),
  );
  if (!session.tail) return void response.end();
  const unfollow = session.app.log.follow(session.filter, (line) => response.write(`${formatLogLine(line)}\n`));
  response.once('close', unfollow);
  response.flushHeaders();
}
