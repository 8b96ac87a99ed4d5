import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DeployJob, History, JobEnd, Pipeline, Runner } from '../../src/histories/history.ts';
import { type App, apps } from '../../src/histories/project.ts';
import type { Monorepo } from './monorepo.ts';
import { type Pipeline as RunnerPipeline, runPipeline } from './runner.ts';

/** Nothing is installed: the tool and the packages of lint-test come from the test. */
const gitlabCi = (tool: string, modules: string): string => `include:
  - component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/pipeline@$CI_COMMIT_SHA
    inputs:
      install: [ln -s ${modules} node_modules]
      tozo: ${tool}
      targets: build
      tool-install: []
      tool: ${tool}
  - local: .gitlab/deploy.yml
`;

const dockerfile = `FROM node:20-slim
ARG SOURCE_DIGEST
ENV SOURCE_DIGEST=$SOURCE_DIGEST
WORKDIR /app
COPY dist ./
CMD ["node", "server.js"]
`;

/** Responds with its version, or fails where the test says so. */
const server = (broken: string): string => `import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
const version = readFileSync('version', 'utf8');
const headers = { 'x-source-digest': process.env.SOURCE_DIGEST };
createServer((request, response) =>
  response.writeHead(existsSync('${broken}') ? 500 : 200, headers).end(version)).listen(process.env.PORT);
`;

/**
 * Runs the generated jobs of a history in gitlab-ci-local, with the command as it's published, against the sandbox. A pipeline
 * keeps its directory, with its artifacts. The apps' names are unique in the sandbox.
 */
export class HistoryRunner implements Runner {
  readonly #world: Monorepo;
  readonly #index: number;
  readonly #signal: AbortSignal;
  /** The output of all jobs. */
  log = '';

  /** @param index of the history, for names and job IDs that no other history in the sandbox has */
  constructor(world: Monorepo, index: number, signal: AbortSignal) {
    this.#world = world;
    this.#index = index;
    this.#signal = signal;
  }

  nameOf(app: App): string {
    return `${app}-${this.#index}`;
  }

  /** Records a job's deployment as GitLab does. */
  record({ app, pipeline, jobId, ...job }: DeployJob): void {
    this.#world.sandbox.recordJobDeployment({
      ...job,
      environment: `production/${this.nameOf(app)}`,
      sha: pipeline.commit,
      jobId: this.#uniqueId(jobId),
      pipelineId: pipeline.id,
      source: pipeline.source,
    });
  }

  /** Writes the repository around the versions of the apps. */
  async prepare(): Promise<(path: string) => void> {
    const { tool, sandbox, modules, environment, template } = this.#world;
    for (const app of apps) await sandbox.createApp(`${this.nameOf(app)}-live`);
    return (path) => {
      const write = (file: string, text: string): void => {
        mkdirSync(dirname(join(path, file)), { recursive: true });
        writeFileSync(join(path, file), text);
      };
      for (const app of apps) {
        const health = { path: '/', versionHeader: 'x-source-digest', holdSeconds: 0.2, timeoutSeconds: 30 };
        const command = 'mkdir -p dist && cp version server.js package.json dist/';
        const build = { command, options: { cwd: '{projectRoot}' }, outputs: ['{projectRoot}/dist'] };
        const nx = { targets: { build } };
        const manifest = { name: this.nameOf(app), version: '0.0.0', type: 'module', nx };
        write(`apps/${app}/package.json`, JSON.stringify(manifest));
        write(
          `apps/${app}/deploy.json`,
          JSON.stringify({ app: `${this.nameOf(app)}-live`, processes: { web: { health } } }),
        );
        write(`apps/${app}/Dockerfile`, dockerfile);
        write(`apps/${app}/server.js`, server(this.#brokenFile(app)));
      }
      write('.gitignore', 'node_modules\n.nx\ndist\n.gitlab-ci-local*\n.tozo\n');
      write('.gitlab-ci.yml', gitlabCi(join(tool.directory, 'bin/tozo.js'), modules));
      write('package.json', JSON.stringify({ name: 'history', private: true, workspaces: ['apps/*'] }));
      write('package-lock.json', JSON.stringify({ lockfileVersion: 3, packages: { '': {} } }));
      write('nx.json', JSON.stringify({ plugins: ['@tozo/nx/plugin'], neverConnectToCloud: true, analytics: false }));
      write('templates/pipeline.yml', template);
      execFileSync('ln', ['-s', modules, join(path, 'node_modules')]);
      execFileSync('git', ['add', '-A'], { cwd: path });
      execFileSync(join(modules, '.bin/tozo'), ['ci', 'pipeline'], { cwd: path, env: environment });
    };
  }

  async lint(history: History, pipeline: Pipeline): Promise<void> {
    const directory = this.#directoryOf(history, pipeline);
    const git = (...args: string[]): void =>
      void execFileSync('git', args, { cwd: directory, env: this.#world.environment, stdio: 'pipe' });
    mkdirSync(directory, { recursive: true });
    git('clone', '-q', '--no-checkout', history.project.path, '.');
    git('checkout', '-q', '-B', 'main', pipeline.commit);
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
    const { passed, log } = await this.#run(history, pipeline, ['lint-test'], {});
    if (!passed) throw new Error(`lint-test failed:\n${log}`);
  }

  async deployAll(history: History, jobs: readonly DeployJob[]): Promise<DeployJob['status'][]> {
    const [{ pipeline }] = jobs as readonly [DeployJob];
    const ran = await this.#runJobs(history, pipeline, jobs);
    return await Promise.all(jobs.map((job) => this.#readResult(history, job, ran, 'success')));
  }

  async deploy(history: History, job: DeployJob, end: JobEnd): Promise<DeployJob['status']> {
    if (end === 'is canceled early') return 'canceled';
    const { sandbox } = this.#world;
    const fault =
      end === 'fails early'
        ? sandbox.faults.add({
            on: {
              service: 'heroku',
              method: 'PATCH',
              path: `^/apps/${this.nameOf(job.app)}-live/formation$`,
              times: 'every',
            },
            effect: { kind: 'answer', status: 403, body: '{"id": "forbidden", "message": "Not now."}' },
          })
        : undefined;
    if (end === 'is rolled back') writeFileSync(this.#brokenFile(job.app), '');
    const ran = await this.#runJobs(history, job.pipeline, [job]);
    if (fault) sandbox.faults.clear(fault.id);
    if (existsSync(this.#brokenFile(job.app))) rmSync(this.#brokenFile(job.app));
    return await this.#readResult(history, job, ran, end);
  }

  /** Checks how a job ended, and asks the app for its version. */
  async #readResult(
    history: History,
    { app }: DeployJob,
    { jobs, log }: RunnerPipeline,
    end: JobEnd,
  ): Promise<DeployJob['status']> {
    const name = this.nameOf(app);
    // GitLab calls a job with an allowed exit code failed.
    const passed = jobs.includes(`PASS deploy ${name}`);
    const decided = (what: string): boolean => new RegExp(` (?:${what}) ${name} → `).test(log);
    // The job may decide to deploy, and the deploy find that a newer commit runs.
    const isRefused = decided('OUTDATED|HELD BACK') || log.includes(` OUTDATED ${name}-live: nothing was changed`);
    const isExpected = end === 'success' ? passed || isRefused : decided('[A-Z -]+');
    if (!isExpected) throw new Error(`deploy ${name} failed:\n${this.log}`);
    const running = await this.#world.visit(name);
    if (running !== undefined) history.runs.set(app, running);
    if (passed && end === 'is canceled late') return 'canceled';
    return passed && end !== 'fails late' ? 'success' : 'failed';
  }

  async #runJobs(history: History, pipeline: Pipeline, jobs: readonly DeployJob[]): Promise<RunnerPipeline> {
    const ids = jobs.map(({ app, jobId }) => [`production/${this.nameOf(app)}`, String(this.#uniqueId(jobId))]);
    const names = jobs.map(({ app }) => `deploy ${this.nameOf(app)}`);
    return await this.#run(history, pipeline, names, Object.fromEntries(ids) as Record<string, string>);
  }

  /** @param jobIds by the jobs' environments */
  async #run(
    history: History,
    pipeline: Pipeline,
    only: readonly string[],
    jobIds: Readonly<Record<string, string>>,
  ): Promise<RunnerPipeline> {
    const { variables, environment } = this.#world;
    const own = {
      CI_PROJECT_URL: `${history.project.path}/`,
      CI_PIPELINE_ID: String(pipeline.id),
      CI_PIPELINE_SOURCE: pipeline.source,
    };
    const cwd = this.#directoryOf(history, pipeline);
    const file = { CI_JOB_ID: { type: 'variable', values: jobIds } };
    writeFileSync(join(cwd, '.gitlab-ci-local-variables.yml'), JSON.stringify(file));
    const options = { only, validate: false, signal: this.#signal };
    const ran = await runPipeline(cwd, { ...variables, ...own }, environment, options);
    this.log += ran.log;
    return ran;
  }

  #uniqueId(jobId: number): number {
    return this.#index * 1000 + jobId;
  }

  #directoryOf({ project }: History, { id }: Pipeline): string {
    return join(project.path, '.git/pipelines', String(id));
  }

  #brokenFile(app: App): string {
    return join(this.#world.outside, `broken-${this.nameOf(app)}`);
  }
}
