import { deploy, dockerfile, type Mistake } from './mistake.ts';

export const inTheDockerfile: readonly Mistake[] = [
  {
    title: 'No Dockerfile',
    command: deploy,
    files: { Dockerfile: undefined },
    code: 2,
    says: /There's no Dockerfile/,
    next: /tozo init|Create|create|Write|"dockerfile"/,
  },
  {
    title: 'RUN that only Docker has, without a Docker Engine',
    command: deploy,
    files: dockerfile('RUN --mount=type=ssh npm ci'),
    code: 2,
    says: /.*Docker Engine/,
    next: /RUN --mount=type=ssh npm ci/,
  },
  {
    title: 'A typing error in an instruction',
    command: deploy,
    files: dockerfile('COPPY server.js ./'),
    code: 2,
    says: /.*line 2/,
    next: /COPY|unknown|instruction/,
  },
  {
    title: "A file that doesn't exist",
    command: deploy,
    files: dockerfile('COPY dist ./'),
    code: 2,
    says: /.*line 2/,
    next: /dist/,
  },
  {
    title: 'A base image with a typing error',
    command: 'deploy --sandbox',
    to: 'nothing',
    files: { Dockerfile: 'FROM nodee:24\nCMD ["node"]\n' },
    code: 2,
    says: /.*no image nodee/,
    next: /node/,
  },
  {
    title: "A program that isn't in the image",
    command: deploy,
    files: dockerfile('COPY server.js ./\nCMD ["node", "serve.js"]'),
    code: 4,
    says: / {2}to do /,
    next: /Fix the cause[^]*serve\.js/,
  },
];
