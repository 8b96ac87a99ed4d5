/*
 * The work that every push from Node.js has to do: it starts Node.js, loads the command, reads and hashes the files, and makes
 * the necessary requests. One argument: JSON of
 * { library, context, target, base, sends }, target and base as { host, repository, tag }.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';

const { library, context, target, base, sends } = JSON.parse(process.argv[2]);
const agent = new Agent({ keepAlive: true });
await import(library);
hashAll(context);

// The last pushed image and its base, at the same time.
const [previous] = await Promise.all([read(target), read(base)]);
if (sends) {
  await Promise.all([sendBlob(randomBytes(1000)), sendBlob(randomBytes(4000))]);
  const path = `/v2/${target.repository}/manifests/${target.tag}`;
  await call(target.host, 'PUT', path, { 'content-type': previous.type }, previous.bytes);
  await call(target.host, 'GET', path, { accept: previous.type });
}
agent.destroy();

/** @param {string} directory */
function hashAll(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) hashAll(path);
    else createHash('sha256').update(readFileSync(path)).digest();
  }
}

/** Reads an image's manifest and config. */
async function read({ host, repository, tag }) {
  const accept = 'application/vnd.docker.distribution.manifest.v2+json';
  const { bytes, type } = await call(host, 'GET', `/v2/${repository}/manifests/${tag}`, { accept });
  await call(host, 'GET', `/v2/${repository}/blobs/${JSON.parse(bytes.toString()).config.digest}`, {});
  return { bytes, type };
}

/** @param {Buffer} bytes */
async function sendBlob(bytes) {
  const { location } = await call(target.host, 'POST', `/v2/${target.repository}/blobs/uploads/`, {});
  const digest = createHash('sha256').update(bytes).digest('hex');
  const { pathname, search } = new URL(location, `http://${target.host}`);
  await call(target.host, 'PUT', `${pathname}${search}&digest=sha256:${digest}`, {}, bytes);
}

async function call(host, method, path, headers, body = Buffer.alloc(0)) {
  const [hostname, port] = host.split(':');
  const length = method === 'GET' ? {} : { 'content-length': body.length };
  const response = await new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method, path, headers: { ...headers, ...length } }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${bytes.toString()}`);
  return { bytes, type: response.headers['content-type'], location: response.headers.location };
}
