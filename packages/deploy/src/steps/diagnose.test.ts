import { expect, test } from 'vitest';
import { diagnose, parseLogLine } from './diagnose.ts';

const at = '2026-01-02T03:04:05.678000+00:00';

test.each([
  ['app[release.1234]: sh: 1: rake: not found', 'release.1234 runs "rake", which the image doesn\'t contain'],
  [
    'heroku[release.1]: Process failed to start: spawn node ENOENT',
    'release.1 runs "node", which the image doesn\'t contain',
  ],
  [
    "app[web.1]: Error: Cannot find module '/app/server.js'",
    'web.1 doesn\'t find "/app/server.js": is it in the image, and not ignored by .dockerignore?',
  ],
  [
    'heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 60 seconds of launch',
    "web.1 doesn't listen on the port in $PORT, on all addresses (0.0.0.0), within 60 seconds",
  ],
  [
    'sandbox[web.1]: The process listens on 127.0.0.1:3000, and not on $PORT, which is 21034',
    'web.1 listens on 127.0.0.1:3000, instead of the port in $PORT, on all addresses (0.0.0.0)',
  ],
  ['heroku[worker.2]: Error R15 (Memory quota vastly exceeded)', 'worker.2 needs more memory than its dyno has'],
  ['app[web.1]: exec /app/server: exec format error', "web.1 can't run on this CPU: build the image for linux/amd64"],
])('%s (fault 123, deploy)', (line, explanation) => {
  const parsed = parseLogLine(`${at} ${line}`)!;
  expect(diagnose([parsed])).toBe(explanation);
});

test.each([
  ['Server running on port: 3000', '. Its log says: "Server running on port: 3000"'],
  ['Listening at http://localhost:8080/', '. Its log says: "Listening at http://localhost:8080/"'],
  ['connected to the database in 250 ms', ''],
])('a boot timeout quotes where the process said that it listens: %s', (text, quote) => {
  const timeout = 'heroku[web.1]: Error R10 (Boot timeout) -> Web process failed to bind to $PORT';
  const lines = [`app[web.1]: ${text}`, 'app[worker.1]: listening on port 9999', timeout];
  const explained = diagnose(lines.map((line) => parseLogLine(`${at} ${line}`)!));
  expect(explained).toBe(
    `web.1 doesn't listen on the port in $PORT, on all addresses (0.0.0.0), within 60 seconds${quote}`,
  );
});

test('says nothing about lines it does not know', () => {
  expect(diagnose([parseLogLine(`${at} app[web.1]: listening on 3000`)!])).toBeUndefined();
});

test('a line that is no log line is left out', () => {
  expect(parseLogLine('garbage \u0000')).toBeUndefined();
  expect(parseLogLine(`${at} app[web.1]: a: b [c]`)).toEqual({
    time: Date.parse(at),
    source: 'app',
    process: 'web.1',
    text: 'a: b [c]',
  });
});
