import type { App } from '../project/app.ts';
import type { Process } from '../takeover/taken.ts';

/**
 * Returns the text of a Dockerfile without RUN, made of what `tozo image-deps` writes.
 * @param web what another tool starts, instead of what the app's scripts do
 */
export function renderDockerfile({ command, framework, node }: App, web?: Process): string {
  const cmd = web?.command ?? command;
  return [
    '# tozo image-deps writes out/image. No RUN: nothing has to run to build this image.',
    `FROM node:${node}-slim`,
    `ENV NODE_ENV=production${framework === 'next' ? ' HOSTNAME=0.0.0.0' : ''}`,
    'WORKDIR /app',
    'COPY out/image/packages ./',
    'COPY out/image/libraries ./',
    'COPY out/image/app ./',
    'USER node',
    `CMD [${cmd.map((word) => JSON.stringify(word)).join(', ')}]`,
    '# Respond with it in a header, and deploys can tell which version responds.',
    'ARG SOURCE_DIGEST',
    'ENV SOURCE_DIGEST=$SOURCE_DIGEST',
    '',
  ].join('\n');
}

/** Returns the text of .dockerignore: what must not get into the image. @param dockerfile of the app, if it has one already */
export function renderDockerignore(dockerfile: string | undefined): string {
  if (dockerfile === undefined) return '# The image is made of the output of tozo image-deps only.\n*\n!out/image\n';
  const never = [
    '.git',
    '.gitlab',
    '.env',
    '.env.*',
    '**/.npmrc',
    '*.tf',
    '*.tfstate*',
    ...(/node_modules/.test(dockerfile) ? [] : ['**/node_modules']),
  ];
  return `${never.join('\n')}\n`;
}
