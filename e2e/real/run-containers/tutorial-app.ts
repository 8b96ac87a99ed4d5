import type { Shop } from '../../src/testing/shop.ts';
import type { PublishedPackage } from '../image-deps/registry.ts';

/** The Dockerfile of Node's and Docker's tutorials. */
const tutorialDockerfile = `FROM node:20-slim
WORKDIR /usr/src/app
COPY package*.json ./
RUN npm ci --omit=dev
COPY . .
CMD ["node", "server.js"]
`;

/** What the app depends on. Its install script shows who runs it, and where. */
export const dependency: PublishedPackage = {
  manifest: {
    name: 'greeting',
    version: '1.0.0',
    main: 'index.js',
    scripts: { postinstall: 'node postinstall.js' },
  },
  files: {
    'index.js': 'module.exports = require("./made.json").text;\n',
    'postinstall.js':
      'require("fs").writeFileSync("made.json", JSON.stringify({ text: "hello from npm", cpus: require("os").cpus().length, rss: process.memoryUsage().rss > 0 }));\n',
  },
};

const server = `const { createServer } = require('node:http');
const text = require('greeting');
createServer((request, response) => response.end(text)).listen(process.env.PORT);
`;

/** Makes a project the tutorial's. */
export async function writeTutorialApp(shop: Shop): Promise<void> {
  const dependencies = { greeting: '1.0.0' };
  const root = { name: shop.name, version: '1.0.0', dependencies };
  const lock = {
    ...{ name: shop.name, version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': root,
      'node_modules/greeting': { version: '1.0.0', hasInstallScript: true },
    },
  };
  await shop.write('package.json', JSON.stringify(root));
  await shop.write('package-lock.json', JSON.stringify(lock));
  await shop.write('server.js', server);
  await shop.write('Dockerfile', tutorialDockerfile);
  await shop.write('.dockerignore', 'node_modules\n');
  await shop.write(
    'deploy.json',
    JSON.stringify({ processes: { web: { health: { path: '/', holdSeconds: 0.2, timeoutSeconds: 60 } } } }),
  );
}
