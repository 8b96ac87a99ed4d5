import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { BuildRequest } from '../build/builder.ts';
import { builtDockerfile } from './saved-images.ts';

/** A build context, a temporary directory and a path for an engine's socket, new for each test. */
export interface DockerProject {
  directory: string;
  context: string;
  /** The value of TMPDIR. */
  temporary: string;
  socketPath: string;
  request(overrides?: Partial<BuildRequest>): BuildRequest;
  writeDockerfile(...lines: string[]): Promise<void>;
}

export function dockerProject(): DockerProject {
  const project: DockerProject = {
    directory: '',
    context: '',
    temporary: '',
    socketPath: '',
    request: (overrides) => ({
      context: project.context,
      dockerfile: join(project.context, 'Dockerfile'),
      ...overrides,
    }),
    writeDockerfile: (...lines) => writeFile(join(project.context, 'Dockerfile'), `${lines.join('\n')}\n`),
  };
  beforeEach(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'docker-test-'));
    const [context, temporary] = [join(directory, 'context'), join(directory, 'tmp')];
    Object.assign(project, { directory, context, temporary, socketPath: join(directory, 'docker.sock') });
    await Promise.all([mkdir(context), mkdir(temporary)]);
    await writeFile(join(context, 'Dockerfile'), builtDockerfile);
    await writeFile(join(context, 'main.js'), 'main');
    await writeFile(join(context, '.env'), 'SECRET=1');
    await writeFile(join(context, '.dockerignore'), 'ignored\n.dockerignore\n');
    await writeFile(join(context, 'ignored'), 'no');
    vi.stubEnv('TMPDIR', temporary);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(project.directory, { recursive: true });
  });
  return project;
}
