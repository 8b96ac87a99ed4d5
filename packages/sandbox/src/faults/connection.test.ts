import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { expect, test } from 'vitest';
import { startSandbox } from '../server/server.ts';

test('resets the connection under TLS, too', async () => {
  await using sandbox = await startSandbox({ services: ['heroku'], tls: true });
  const { port, caFile } = sandbox.tls;
  const set = sandbox.faults.add({ on: { service: 'heroku' }, effect: { kind: 'reset-answer', afterBytes: 0 } });
  const socket = connect({ port, host: '127.0.0.1', servername: 'api.heroku.com', ca: readFileSync(caFile) });
  socket.write('GET /account HTTP/1.1\r\nHost: api.heroku.com\r\n\r\n');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  expect(set.fired).toBe(1);
  await sandbox.journal.settled();
  expect(sandbox.journal.entries()).toMatchObject([{ url: 'https://api.heroku.com/account', status: 0 }]);
});
