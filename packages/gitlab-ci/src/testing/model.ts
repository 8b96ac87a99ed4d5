import { decide, type Decision } from '../decision/decide.ts';
import { type DeploymentRecord, isForced } from '../deployments/record.ts';
import { linear } from './linear-history.ts';

/** How a job that deploys ends, and whether the new version ran by then. */
export type JobEnd = 'success' | 'failed-early' | 'failed-late' | 'rolled-back' | 'canceled-early' | 'canceled-late';

interface Commit {
  readonly name: string;
  /** Each app's content. */
  readonly contents: Readonly<Record<string, number>>;
  readonly touched: ReadonlySet<string>;
}

interface Pipeline {
  readonly id: number;
  readonly commit: number;
  readonly source: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A GitLab project, and what its apps run. Time is a counter. */
export class ModelProject {
  readonly commits: Commit[] = [];
  readonly pipelines: Pipeline[] = [];
  readonly records = new Map<string, Mutable<DeploymentRecord>[]>();
  /** The content that each app runs. */
  readonly runs = new Map<string, number>();
  /** What someone put back on purpose, and for which newest commit. */
  readonly purpose = new Map<string, { readonly content: number; readonly newest: number }>();
  readonly rolledBack = new Map<string, string>();
  /** The contents that deploys released, by app and commit: the deploy records. */
  /** Apps whose put-back version was replaced by a commit that doesn't touch them. */
  readonly broughtBack: string[] = [];
  /** Apps with an attempt on purpose that didn't succeed, since their last success. */
  readonly #disturbed = new Set<string>();
  readonly #released = new Map<string, number>();
  readonly apps: readonly string[];
  #time = 1;
  #content = 1;
  #records = 0;

  constructor(apps: readonly string[]) {
    this.apps = apps;
    this.push(apps);
  }

  /** Pushes a commit that changes these apps. */
  push(touched: readonly string[]): void {
    const before = this.commits.at(-1)?.contents ?? {};
    const changed = Object.fromEntries(touched.map((app) => [app, this.#content++]));
    this.#commit({ ...before, ...changed });
  }

  /** Pushes a revert of the newest commit. */
  revert(): void {
    const before = this.commits.at(-2);
    if (before) this.#commit(before.contents);
  }

  #commit(contents: Record<string, number>): void {
    const before = this.commits.at(-1)?.contents ?? {};
    const touched = new Set(this.apps.filter((app) => contents[app] !== before[app]));
    this.commits.push({ name: `c${this.commits.length + 1}`, contents, touched });
    this.start('push');
  }

  /** Creates a pipeline of the newest commit. Its jobs wait. */
  start(source: string): void {
    const pipeline = { id: this.pipelines.length + 1, commit: this.commits.length - 1, source };
    this.pipelines.push(pipeline);
    for (const app of this.apps) this.#create(pipeline, app);
  }

  /** The job of an app that waits in a pipeline, if one does. */
  waiting(pipeline: number, app: string): Mutable<DeploymentRecord> | undefined {
    return this.#recordsOf(app).find((record) => record.pipelineId === pipeline && record.status === 'created');
  }

  cancelWaiting(pipeline: number, app: string): void {
    const record = this.waiting(pipeline, app);
    if (record) Object.assign(record, { status: 'canceled', finishedAt: this.#time++ });
  }

  /** Presses retry, or re-deploy, on a job that is over. */
  retry(pipelineId: number, app: string, end: JobEnd): void {
    const pipeline = this.pipelines[pipelineId - 1];
    if (!pipeline || this.waiting(pipelineId, app)) return;
    this.#create(pipeline, app);
    this.run(pipelineId, app, end);
  }

  /** Runs the newest waiting job of an app, then presses re-deploy on one that succeeded before. */
  putBack(app: string, index: number): void {
    const newest = this.pipelines.findLast(({ id }) => this.waiting(id, app));
    if (newest) this.run(newest.id, app, 'success');
    const successes = this.#recordsOf(app).filter(({ status }) => status === 'success');
    const earlier = successes[index % Math.max(successes.length, 1)];
    if (earlier?.pipelineId !== undefined) this.retry(earlier.pipelineId, app, 'success');
  }

  /** Runs a waiting job, while nothing else runs for the app. Returns what it decided. */
  run(pipelineId: number, app: string, end: JobEnd): Decision | undefined {
    const record = this.waiting(pipelineId, app);
    const pipeline = this.pipelines[pipelineId - 1];
    if (!record || !pipeline) return undefined;
    Object.assign(record, { status: 'running', startedAt: this.#time++ });
    const decision = this.#decide(record, pipeline, app);
    this.#judge(decision, pipeline, app);
    const succeeds = this.#carryOut(decision, pipeline, app, end);
    if (!succeeds && (decision.kind === 'redeploy' || isForced(pipeline.source))) this.#disturbed.add(app);
    const status = succeeds ? 'success' : end.startsWith('canceled') ? 'canceled' : 'failed';
    Object.assign(record, { status, finishedAt: this.#time++ });
    return decision;
  }

  /** An unrelated commit must not end what was put back on purpose. */
  #judge({ kind }: Decision, { commit, source }: Pipeline, app: string): void {
    const purpose = this.purpose.get(app);
    if (!purpose || this.#disturbed.has(app) || isForced(source) || kind !== 'deploy') return;
    const isRelated = this.commits.slice(purpose.newest + 1, commit + 1).some(({ touched }) => touched.has(app));
    if (!isRelated) this.broughtBack.push(`${app} at ${this.commits[commit]!.name}`);
  }

  #decide(record: DeploymentRecord, { id, commit, source }: Pipeline, app: string): Decision {
    const records = this.#recordsOf(app);
    const successes = records.filter(({ status }) => status === 'success');
    const changed = this.commits.slice(0, commit + 1).findLast(({ touched }) => touched.has(app));
    return decide({
      environment: `production/${app}`,
      job: { commit: this.commits[commit]!.name, jobId: record.jobId, pipelineId: id, source },
      deployments: {
        kind: 'known',
        successes: successes.toSorted((a, b) => b.finishedAt! - a.finishedAt!).slice(0, 100),
        recent: records.toReversed().slice(0, 100),
      },
      ancestry: linear,
      changedAt: changed?.name,
      rolledBack: this.rolledBack.get(app),
    });
  }

  #carryOut(decision: Decision, { commit }: Pipeline, app: string, end: JobEnd): boolean {
    if (decision.kind === 'nothing' || decision.kind === 'kept') return true;
    if (decision.kind === 'outdated' || decision.kind === 'held') return false;
    const own = this.commits[commit]!.contents[app]!;
    const recorded = decision.kind === 'redeploy' ? this.#recorded(app, decision.commits) : undefined;
    const content = recorded ?? own;
    if (end === 'failed-early' || end === 'canceled-early') return false;
    if (end === 'rolled-back') {
      this.rolledBack.set(app, this.commits[commit]!.name);
      return false;
    }
    this.runs.set(app, content);
    if (end !== 'success') {
      this.purpose.delete(app);
      return false;
    }
    const newest = this.#newestSeen(app);
    this.#disturbed.delete(app);
    if (decision.kind === 'redeploy' && commit < newest) this.purpose.set(app, { content, newest });
    else this.purpose.delete(app);
    this.#released.set(`${app} ${this.commits[commit]!.name}`, content);
    return true;
  }

  #recorded(app: string, commits: readonly string[]): number | undefined {
    return commits.map((commit) => this.#released.get(`${app} ${commit}`)).find((found) => found !== undefined);
  }

  #newestSeen(app: string): number {
    const successes = this.#recordsOf(app).filter(({ status }) => status === 'success');
    return Math.max(0, ...successes.map(({ sha }) => Number(sha.slice(1)) - 1));
  }

  #create({ id, commit, source }: Pipeline, app: string): void {
    const records = this.#recordsOf(app);
    const number = (this.#records += 1);
    const sha = this.commits[commit]!.name;
    records.push({ id: number, sha, status: 'created', jobId: number + 1000, startedAt: null, pipelineId: id, source });
  }

  #recordsOf(app: string): Mutable<DeploymentRecord>[] {
    const records = this.records.get(app) ?? [];
    this.records.set(app, records);
    return records;
  }
}
