import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small app in a temporary directory, to be changed and deployed by one test. */
export interface Shop extends AsyncDisposable {
  /** The project's name and its app's. Unique by default, because tests run at the same time. */
  readonly name: string;
  readonly directory: string;
  write(file: string, content: string): Promise<void>;
  edit(file: string, change: (content: string) => string): Promise<void>;
}

const server = `import { createServer } from 'node:http';
const headers = { 'x-source-digest': process.env.SOURCE_DIGEST };
createServer((request, response) => {
  response.writeHead(200, headers).end(JSON.stringify({ greeting: 'hello', pid: process.pid, level: process.env.LOG_LEVEL }));
}).listen(process.env.PORT);
`;

const dockerfile = `FROM node:20-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY assets ./assets
COPY package.json ./
COPY --chown=node:node server.js ./
USER node
CMD ["node", "server.js"]
`;

const config = {
  processes: {
    web: { health: { path: '/health', versionHeader: 'x-source-digest', holdSeconds: 0.2, timeoutSeconds: 60 } },
  },
};

export async function createShop(name = `shop-${randomBytes(4).toString('hex')}`): Promise<Shop> {
  const root = await mkdtemp(join(tmpdir(), 'tozo-e2e-'));
  const directory = join(root, 'shop');
  await mkdir(join(directory, 'assets'), { recursive: true });
  const shop: Shop = {
    name,
    directory,
    write: (file, content) => writeFile(join(directory, file), content),
    async edit(file, change) {
      const before = await readFile(join(directory, file), 'utf8');
      const after = change(before);
      if (after === before) throw new Error(`The edit of ${file} changed nothing:\n${before}`);
      await writeFile(join(directory, file), after);
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  await shop.write('package.json', JSON.stringify({ name, type: 'module' }));
  await shop.write('server.js', server);
  await shop.write('Dockerfile', dockerfile);
  await shop.write('deploy.json', JSON.stringify(config));
  await shop.write('assets/big.txt', 'a line that is repeated\n'.repeat(20_000));
  return shop;
}
