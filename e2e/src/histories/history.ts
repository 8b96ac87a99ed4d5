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

/** What a job found that it has to do. */
export type Verdict =
  | { readonly kind: 'deploy' }
  | { readonly kind: 'release'; readonly commits: readonly string[] }
  | { readonly kind: 'done' | 'refused' };

/** A way to deploy: what runs in lint-test, and what in the job of an app. */
export interface Recipe {
  readonly name: string;
  /** Runs in lint-test. Returns what it hands over. */
  lint(history: History, pipeline: Pipeline): Promise<unknown>;
  /** Runs in the deploy job of an app, with what lint-test of its pipeline handed over. */
  decide(history: History, pipeline: Pipeline, app: App, job: DeployJob, handedOver: unknown): Promise<Verdict>;
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
 * One history, as a recipe lives through it: commits, pipelines and their jobs in the order in which they happen. What GitLab
 * would record is told to `record`.
 */
export class History implements Disposable {
  readonly project = new Project();
  readonly runs = new Map<App, string>();
  /** What the deploy records say: the version by app and commit. */
  readonly released = new Map<string, string>();
  readonly rolledBack = new Map<App, string>();
  readonly #recipe: Recipe;
  readonly #record: (job: DeployJob) => void;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #handedOver = new Map<number, unknown>();
  readonly #jobs: DeployJob[] = [];
  #head: string | undefined;
  #time = Date.parse('2026-01-01T00:00:00Z');

  constructor(recipe: Recipe, record: (job: DeployJob) => void) {
    this.#recipe = recipe;
    this.#record = record;
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
      this.#handedOver.set(pipeline.id, await this.#recipe.lint(this, pipeline));
    }
  }

  /** Runs the waiting deploy jobs of a pipeline, first lint-test if that didn't run. */
  async deploy(name: string, ends: Partial<Record<App, JobEnd>> = {}, only: readonly App[] = apps): Promise<void> {
    const pipeline = this.#pipeline(name);
    if (!this.#handedOver.has(pipeline.id)) await this.lint(name);
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
    const pipeline = this.#pipeline(name);
    this.#change(this.#waiting(pipeline, app), { status: 'running', startedAt: this.#now() });
    if (released) this.#release(app, pipeline, undefined);
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
    const verdict = await this.#recipe.decide(this, pipeline, app, job, this.#handedOver.get(pipeline.id));
    this.#change(job, { status: this.#carryOut(verdict, pipeline, app, end), finishedAt: this.#now() });
  }

  #carryOut(verdict: Verdict, pipeline: Pipeline, app: App, end: JobEnd): DeployJob['status'] {
    if (verdict.kind === 'done') return 'success';
    if (verdict.kind === 'refused') return 'failed';
    const canceled = end.startsWith('is canceled');
    if (end === 'is rolled back') this.rolledBack.set(app, pipeline.commit);
    else if (!end.endsWith('early'))
      this.#release(app, pipeline, verdict.kind === 'release' ? verdict.commits : undefined);
    if (end !== 'success') return canceled ? 'canceled' : 'failed';
    this.released.set(`${app} ${pipeline.commit}`, this.runs.get(app)!);
    return 'success';
  }

  #release(app: App, { commit }: Pipeline, recorded: readonly string[] | undefined): void {
    const known = recorded
      ?.map((other) => this.released.get(`${app} ${other}`))
      .find((version) => version !== undefined);
    this.runs.set(app, known ?? this.project.versionAt(commit, app));
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
