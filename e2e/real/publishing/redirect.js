/*
 * Loaded before an example: connections to the hosts in REDIRECTS go to a port of this machine instead, without TLS, so an
 * example runs unchanged. A connection to any other host fails.
 */
import { Socket } from 'node:net';
import tls from 'node:tls';

const ports = JSON.parse(process.env.REDIRECTS);
/* oxlint-disable typescript/unbound-method -- both are called with their own socket */
const connect = Socket.prototype.connect;

Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  const { host, path } = options;
  if (path === undefined && host in ports) Object.assign(options, { host: '127.0.0.1', port: ports[host] });
  else if (path === undefined && host !== '127.0.0.1' && host !== 'localhost')
    throw new Error(`An example connects to ${host}, which has no redirect.`);
  return connect.apply(this, args);
};

const connectSecurely = tls.connect;
tls.connect = (options, ...rest) => {
  if (!(options.host in ports)) return connectSecurely(options, ...rest);
  const socket = new Socket();
  // A server behind a proxy with TLS knows its scheme; ours doesn't.
  const { push } = socket;
  socket.push = (chunk) => push.call(socket, chunk && withHttps(chunk));
  socket.connect({ host: options.host, port: options.port });
  socket.once('connect', () => socket.emit('secureConnect'));
  return socket;
};

function withHttps(chunk) {
  return Buffer.from(chunk.toString('latin1').replace(/^(location: )http:/im, '$1https:'), 'latin1');
}
