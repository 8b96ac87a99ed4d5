import type { DynoRunner } from '../../dynos/dyno.ts';
import type { ImageStore } from '../../registry/image-store.ts';
import type { RoutingError } from '../../router/create-router.ts';
import { routerErrors } from '../../router/error-page.ts';
import type { AppAddress } from '../../router/router.ts';
import { AppDynos } from '../dynos/app-dynos.ts';
import { AppLog } from '../state/app-log.ts';
import { applyConfigVarPatch, type Change } from '../state/changes.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import type { Durations } from '../durations.ts';
import { commandTextOf, planDyno, planDynos } from '../dynos/dyno-plans.ts';
import {
  type AppRecord,
  currentRelease,
  newestRelease,
  createRelease,
  type Release,
  releasePhaseType,
  timestamp,
  type User,
} from '../state/model.ts';
import { HeldReleases } from './held-releases.ts';
import { runReleasePhase } from './release-phase.ts';

export interface AppContext {
  readonly images: ImageStore;
  readonly runner: DynoRunner;
  readonly durations: Durations;
  readonly assumptions: HerokuAssumptions;
  /** The owner of the API key. */
  readonly user: User;
  /** Saves the record; the save is complete when this returns. If it throws, the record is as last saved. */
  readonly save: (record: AppRecord) => void;
}

/** A running app: its record, dynos and log. Releases run one at a time. */
export class App {
  readonly record: AppRecord;
  readonly log = new AppLog();
  readonly address: AppAddress;
  readonly dynos: AppDynos;
  readonly held = new HeldReleases();
  readonly #context: AppContext;
  readonly #closing = new AbortController();
  readonly #outputFollowers = new Map<string, Set<() => void>>();
  #releasing: Promise<void> = Promise.resolve();
  #pendingCount = 0;
  #deploying: Promise<void> = Promise.resolve();

  constructor(record: AppRecord, address: AppAddress, context: AppContext) {
    this.record = record;
    this.address = address;
    this.#context = context;
    const { runner, durations } = context;
    this.dynos = new AppDynos({ runner, durations, log: this.log }, address);
    address.setMaintenance(record.maintenance);
  }

  /** Starts the dynos of the current release after a restart of the sandbox. */
  async resume(): Promise<void> {
    for (const release of this.record.releases) if (release.status === 'pending') release.status = 'expired';
    this.save();
    await this.#replaceDynos();
  }

  /**
   * Creates a release of `change`. It's pending if it has a release phase or waits for an earlier release; otherwise it has
   * already succeeded.
   */
  async release(change: Change, user: User = this.#context.user): Promise<Release> {
    const before = this.#pendingCount > 0 ? newestRelease(this.record) : currentRelease(this.record);
    const snapshot = change.apply(before.snapshot);
    const pending = this.#pendingCount > 0 || this.held.willHoldNext || snapshot.images[releasePhaseType] !== undefined;
    const { description } = change;
    const release = createRelease(this.record, {
      description,
      user,
      snapshot,
      status: pending ? 'pending' : 'succeeded',
    });
    this.held.startIfNext(release.id);
    this.record.releases.push(release);
    this.log.write('app', 'api', `Release v${release.version} created by user ${user.email}`);
    this.save();
    if (!pending) await this.#replaceDynos();
    else {
      this.#pendingCount++;
      this.#releasing = this.#releasing.then(() => this.#finish(release, change)).finally(() => this.#pendingCount--);
    }
    return release;
  }

  /** Sets and removes (null) config vars. Returns the release; undefined if nothing changes. */
  async patchConfigVars(patch: Readonly<Record<string, string | null>>, user?: User): Promise<Release | undefined> {
    const patched = applyConfigVarPatch(this.record.configVars, patch);
    if (!patched) return undefined;
    this.record.configVars = patched.configVars;
    return this.release(patched.change, user);
  }

  /** Starts and stops dynos to match the formation, without a release. */
  async scale(): Promise<void> {
    this.save();
    await this.#replaceDynos();
  }

  /** Whether a release is pending or a dyno is booting. */
  isReleasing(): boolean {
    return this.#pendingCount > 0 || this.dynos.list().some((dyno) => !dyno.isSettled);
  }

  setMaintenance(on: boolean): void {
    this.record.maintenance = on;
    this.save();
    this.address.setMaintenance(on);
  }

  /** Logs a request that the router responded to itself, in Heroku's format. */
  logRoutingError({ code, method, path }: RoutingError): void {
    const fields = `method=${method} path="${path}" host=127.0.0.1:${this.address.port}`;
    this.log.write('heroku', 'router', `at=error code=${code} desc="${routerErrors[code]}" ${fields} status=503`);
  }

  /** Returns a process type's command line. */
  commandOf(type: string): Promise<string> {
    const newest = newestRelease(this.record).snapshot;
    const current = currentRelease(this.record).snapshot;
    return commandTextOf(this.#context.images, current.images[type] ? current : newest, type);
  }

  /** Calls `onChange` after each piece of a release phase's output and at its end. Returns a function that ends this. */
  followOutput(release: Release, onChange: () => void): () => void {
    const followers = this.#outputFollowers.get(release.id) ?? new Set();
    this.#outputFollowers.set(release.id, followers.add(onChange));
    return () => followers.delete(onChange);
  }

  save(): void {
    this.record.updatedAt = timestamp();
    this.#context.save(this.record);
  }

  /** Ends a running release phase and stops all dynos. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#releasing, this.#deploying]);
    await this.dynos.stop();
    await this.address.close();
  }

  async #finish(release: Release, change: Change): Promise<void> {
    release.snapshot = change.apply(currentRelease(this.record).snapshot);
    const status = await this.#runPhase(release);
    release.status = status;
    release.updatedAt = timestamp();
    if (status !== 'succeeded' && this.#context.assumptions.configVarsAfterFailure === 'restored') {
      this.record.configVars = { ...currentRelease(this.record).snapshot.configVars };
    }
    try {
      this.save();
    } catch (error) {
      // There is no response to send. The release has ended anyway, even if a restart won't know.
      release.status = status;
      this.log.write('heroku', 'api', error instanceof Error ? error.message : String(error));
    }
    this.#notifyOutputFollowers(release);
    if (status === 'succeeded') await this.#replaceDynos();
    else this.log.write('app', 'api', `Release v${release.version} command ${status}`);
  }

  async #runPhase(release: Release): Promise<'succeeded' | 'failed' | 'expired'> {
    if (this.#closing.signal.aborted) return 'expired';
    const held = this.held.outcomeOf(release.id, this.#closing.signal);
    if (held) return held;
    const { images, runner, durations, assumptions } = this.#context;
    const plan = await planDyno(this.record, images, release, release.snapshot, releasePhaseType, release.version);
    if (!plan) return 'succeeded';
    const status = await runReleasePhase({
      plan,
      runner,
      log: this.log,
      timeoutMs: durations.releasePhase,
      signal: this.#closing.signal,
      onOutput: (text) => {
        if (assumptions.releaseOutput === 'logged') return;
        release.output += text;
        this.#notifyOutputFollowers(release);
      },
    });
    const hasTimedOut = status === 'expired' && !this.#closing.signal.aborted;
    return hasTimedOut ? assumptions.releasePhaseTimeout : status;
  }

  /** Runs one at a time: an older release's plans never replace newer ones. */
  #replaceDynos(): Promise<void> {
    this.#deploying = this.#deploying.then(async () => {
      if (this.#closing.signal.aborted) return;
      const plans = await planDynos(this.record, this.#context.images);
      this.dynos.replace(plans, this.record.preboot ? { overlapMs: this.#context.durations.preboot } : {});
    });
    return this.#deploying;
  }

  #notifyOutputFollowers(release: Release): void {
    for (const follower of this.#outputFollowers.get(release.id) ?? []) follower();
  }
}
