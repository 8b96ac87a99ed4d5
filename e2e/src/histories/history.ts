import { type App, apps, Project } from './project.ts';

/** How a job that deploys ends. A late end comes after the release. */
export type JobEnd =
  'success' | 'fails early' | 'fails late' | 'is canceled early' | 'is canceled late' | 'is rolled back';

/** A pipeline of one commit. */
export interface Pipeline {
  readonly id: number;
  readonly commit: string;
  /** The commit that the branch had before, as in CI_COMMIT_BEFORE_SHA. */
  readonly before: string | undefined;
  readonly source: string;
}

/** Runs the jobs of a history. */
export interface Runner {
  /** Runs lint-test. */
  lint(history: History, pipeline: Pipeline): Promise<void>;
  /** Runs the deploy job of an app, and sets what the app runs. Returns the status that GitLab records. */
  deploy(history: History, job: DeployJob, end: JobEnd): Promise<DeployJob['status']>;
  /** Runs the jobs of several apps of one pipeline at once. Default: one after the other. */
  deployAll?(history: History, jobs: readonly DeployJob[]): Promise<DeployJob['status'][]>;
}

export interface DeployJob {
  readonly jobId: number;
  readonly app: App;
  readonly pipeline: Pipeline;
  status: 'created' | 'running' | 'success' | 'failed' | 'canceled' | 'skipped';
  startedAt?: Date;
  finishedAt?: Date;
}

/**
 * One history, as a runner lives through it: commits, pipelines and their jobs in the order in which they happen. What GitLab
 * would record is told to `record`.
 */
export class History implements Disposable {
  readonly project: Project;
  readonly runs = new Map<App, string>();
  readonly #runner: Runner;
  readonly #record: (job: DeployJob) => void;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #linted = new Set<number>();
  readonly #jobs: DeployJob[] = [];
  #head: string | undefined;
  #time = Date.parse('2026-01-01T00:00:00Z');

  constructor(runner: Runner, record: (job: DeployJob) => void, project = new Project()) {
    this.#runner = runner;
    this.#record = record;
    this.project = project;
  }

  /** Starts a pipeline of a commit under its name. Its jobs wait. */
  push(commit: string): void {
    const sha = this.project.commitOf(commit);
    this.start(commit, commit, 'push', this.#head);
    this.#head = sha;
  }

  start(name: string, commit: string, source: string, before?: string): void {
    const pipeline = { id: this.#pipelines.size + 1, commit: this.project.commitOf(commit), before, source };
    this.#pipelines.set(name, pipeline);
    for (const app of apps) this.#create(pipeline, app);
  }

  /** Runs lint-test. */
  async lint(...names: string[]): Promise<void> {
    for (const name of names) {
      const pipeline = this.#pipeline(name);
      await this.#runner.lint(this, pipeline);
      this.#linted.add(pipeline.id);
    }
  }

  /** Runs the waiting deploy jobs of a pipeline, first lint-test if that didn't run. */
  async deploy(name: string, ends: Partial<Record<App, JobEnd>> = {}, only: readonly App[] = apps): Promise<void> {
    const pipeline = this.#pipeline(name);
    if (!this.#linted.has(pipeline.id)) await this.lint(name);
    if (only.length > 1 && only.every((app) => (ends[app] ?? 'success') === 'success') && this.#runner.deployAll)
      return await this.#runAll(only.map((app) => this.#waiting(pipeline, app)));
    for (const app of only) await this.#run(pipeline, app, ends[app] ?? 'success');
  }

  /** Presses retry, or re-deploy, on an app's job. */
  async retry(name: string, app: App, end: JobEnd = 'success'): Promise<void> {
    this.#create(this.#pipeline(name), app);
    await this.deploy(name, { [app]: end }, [app]);
  }

  /** Cancels the waiting deploy jobs of a pipeline, or skips them because an earlier job failed. */
  end(name: string, status: 'canceled' | 'skipped' | 'failed', only: readonly App[] = apps): void {
    for (const app of only) this.#change(this.#waiting(this.#pipeline(name), app), { status, finishedAt: this.#now() });
  }

  /** Starts a job and leaves it running, after it released or before. */
  async leaveRunning(name: string, app: App, released: boolean): Promise<void> {
    await this.lint(name);
    const job = this.#waiting(this.#pipeline(name), app);
    this.#change(job, { status: 'running', startedAt: this.#now() });
    if (released) await this.#runner.deploy(this, job, 'fails late');
  }

  /** Ends a job that was left running. */
  finish(name: string, app: App, status: 'success' | 'failed' | 'canceled'): void {
    const { id } = this.#pipeline(name);
    const job = this.#jobs.findLast((other) => other.pipeline.id === id && other.app === app);
    if (job) this.#change(job, { status, finishedAt: this.#now() });
  }

  jobsOf(app: App): readonly DeployJob[] {
    return this.#jobs.filter((job) => job.app === app);
  }

  [Symbol.dispose](): void {
    this.project[Symbol.dispose]();
  }

  async #run(pipeline: Pipeline, app: App, end: JobEnd): Promise<void> {
    const job = this.#waiting(pipeline, app);
    this.#change(job, { status: 'running', startedAt: this.#now() });
    this.#change(job, { status: await this.#runner.deploy(this, job, end), finishedAt: this.#now() });
  }

  async #runAll(jobs: readonly DeployJob[]): Promise<void> {
    for (const job of jobs) this.#change(job, { status: 'running', startedAt: this.#now() });
    const statuses = await this.#runner.deployAll!(this, jobs);
    for (const [index, job] of jobs.entries()) this.#change(job, { status: statuses[index]!, finishedAt: this.#now() });
  }

  #create(pipeline: Pipeline, app: App): void {
    const job: DeployJob = { jobId: this.#jobs.length + 1, app, pipeline, status: 'created' };
    this.#jobs.push(job);
    this.#record(job);
  }

  #change(job: DeployJob, changes: Partial<DeployJob>): void {
    Object.assign(job, changes);
    this.#record(job);
  }

  #waiting({ id }: Pipeline, app: App): DeployJob {
    const job = this.#jobs.find((other) => other.pipeline.id === id && other.app === app && other.status === 'created');
    if (!job) throw new Error(`no job of ${app} waits in the pipeline ${id}`);
    return job;
  }

  #pipeline(name: string): Pipeline {
    const pipeline = this.#pipelines.get(name);
    if (!pipeline) throw new Error(`no pipeline ${name}`);
    return pipeline;
  }

  #now(): Date {
    return new Date((this.#time += 60_000));
  }
}
