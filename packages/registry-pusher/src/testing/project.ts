import type { BuildRequest, PreviousImage } from '../build/builder.ts';
import { buildDirect } from '../build/direct/build-direct.ts';
import type { RunConfig } from '../image/config.ts';
import { MemoryImages } from './memory-images.ts';
import type { LayerContent } from './tar-layer.ts';
import { type Content, createDirectory } from './directory.ts';
import { listing } from './layer-files.ts';

/** The only layer of the base `node:20`. */
export const debian: LayerContent = {
  'app-of-base/': '',
  'etc/passwd': 'root:x:0:0::/:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n',
  'etc/group': 'root:x:0:\nnode:x:1000:\nstaff:x:50:\n',
  'home/node/': '',
  'run/': '',
  'tmp/': '',
  'usr/bin/node': 'the program',
  'var/run': { link: '/run' },
};

/** Creates a build context with a Dockerfile, and a registry with the base `node:20`. */
export async function project(dockerfile: string, files: Record<string, Content> = {}, base: RunConfig = {}) {
  const directory = await createDirectory({
    Dockerfile: dockerfile,
    '.dockerignore': 'Dockerfile\n.dockerignore\n',
    ...files,
  });
  const registry = new MemoryImages();
  await registry.putBase('docker.io/library/node:20', [debian], base);
  return {
    ...directory,
    registry,
    build: (request: Partial<BuildRequest> = {}, previous?: PreviousImage) =>
      buildDirect(
        { context: directory.path, dockerfile: directory.file('Dockerfile'), ...request },
        { registry, ...(previous === undefined ? {} : { previous }) },
      ),
  };
}

/** Builds an image and returns its new layers in the format of {@link listing}. */
export async function layersOf(
  dockerfile: string,
  files: Record<string, Content> = {},
  base: RunConfig = {},
): Promise<string[][]> {
  await using app = await project(dockerfile, files, base);
  return listing(await app.build());
}

/** The Dockerfile of a typical app. */
export const app = `FROM node:20
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY --chown=node dist ./dist/
USER node
CMD ["node", "dist/main.js"]
`;
export const appFiles = {
  'package.json': '{"type":"module"}',
  'dist/main.js': 'console.log("hello")\n',
  'dist/run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
  'dist/public/index.html': '<h1>hello</h1>',
};
