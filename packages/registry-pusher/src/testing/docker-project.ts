import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import type { BuildRequest } from '../build/builder.ts';
import { builtDockerfile } from './saved-images.ts';

/** A build context, a folder for temporary files and a place for an engine's socket, new for each test. */
export interface DockerProject {
  folder: string;
  context: string;
  /** What TMPDIR names. */
  temporary: string;
  socketPath: string;
  request(more?: Partial<BuildRequest>): BuildRequest;
  writeDockerfile(...lines: string[]): Promise<void>;
}

export function dockerProject(): DockerProject {
  const project: DockerProject = {
    folder: '',
    context: '',
    temporary: '',
    socketPath: '',
    request: (more) => ({ context: project.context, dockerfile: join(project.context, 'Dockerfile'), ...more }),
    writeDockerfile: (...lines) => writeFile(join(project.context, 'Dockerfile'), `${lines.join('\n')}\n`),
  };
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'docker-test-'));
    const [context, temporary] = [join(folder, 'context'), join(folder, 'tmp')];
    Object.assign(project, { folder, context, temporary, socketPath: join(folder, 'docker.sock') });
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
    await rm(project.folder, { recursive: true });
  });
  return project;
}
