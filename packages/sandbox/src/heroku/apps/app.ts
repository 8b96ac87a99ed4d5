import type { DynoRunner } from '../../dynos/dyno.ts';
import type { ImageStore } from '../../registry/image-store.ts';
import type { RoutingError } from '../../router/create-router.ts';
import { routerErrors } from '../../router/error-page.ts';
import type { AppAddress } from '../../router/router.ts';
import { AppDynos } from '../dynos/app-dynos.ts';
import { AppLog } from '../state/app-log.ts';
import { type Change, patchedConfigVars } from '../state/changes.ts';
import type { HerokuAssumptions } from '../assumptions.ts';
import type { Durations } from '../durations.ts';
import { commandText, dynoPlan, dynoPlans } from '../dynos/dyno-plans.ts';
import {
  type AppRecord,
  currentRelease,
  newestRelease,
  newRelease,
  type Release,
  releasePhaseType,
  timestamp,
  type User,
} from '../state/model.ts';
import { HeldReleases } from './held-releases.ts';
import { runReleasePhase } from './release-phase.ts';

export interface AppSurroundings {
  readonly images: ImageStore;
  readonly runner: DynoRunner;
  readonly durations: Durations;
  readonly assumptions: HerokuAssumptions;
  /** Who the account's key belongs to. */
  readonly user: User;
  /** Writes the record to disk before it returns; when it throws, the record is as it was saved last. */
  readonly save: (record: AppRecord) => void;
}

/** A living app: its record, its dynos, its log, and its releases one after the other. */
export class App {
  readonly record: AppRecord;
  readonly log = new AppLog();
  readonly address: AppAddress;
  readonly dynos: AppDynos;
  readonly held = new HeldReleases();
  readonly #surroundings: AppSurroundings;
  readonly #closing = new AbortController();
  readonly #outputFollowers = new Map<string, Set<() => void>>();
  #releasing: Promise<void> = Promise.resolve();
  #waiting = 0;
  #deploying: Promise<void> = Promise.resolve();

  constructor(record: AppRecord, address: AppAddress, surroundings: AppSurroundings) {
    this.record = record;
    this.address = address;
    this.#surroundings = surroundings;
    const { runner, durations } = surroundings;
    this.dynos = new AppDynos({ runner, durations, log: this.log }, address);
    address.setMaintenance(record.maintenance);
  }

  /** Starts the dynos of the current release, after a restart of the sandbox. */
  async resume(): Promise<void> {
    for (const release of this.record.releases) if (release.status === 'pending') release.status = 'expired';
    this.save();
    await this.#replaceDynos();
  }

  /**
   * Makes a release of `change`. It has succeeded when this returns, unless it has a release phase or one before it is
   * still under way: then it is pending.
   */
  async release(change: Change, user: User = this.#surroundings.user): Promise<Release> {
    const before = this.#waiting > 0 ? newestRelease(this.record) : currentRelease(this.record);
    const snapshot = change.apply(before.snapshot);
    const pending = this.#waiting > 0 || this.held.holds || snapshot.images[releasePhaseType] !== undefined;
    const { description } = change;
    const release = newRelease(this.record, { description, user, snapshot, status: pending ? 'pending' : 'succeeded' });
    this.held.take(release.id);
    this.record.releases.push(release);
    this.log.write('app', 'api', `Release v${release.version} created by user ${user.email}`);
    this.save();
    if (!pending) await this.#replaceDynos();
    else {
      this.#waiting++;
      this.#releasing = this.#releasing.then(() => this.#finish(release, change)).finally(() => this.#waiting--);
    }
    return release;
  }

  /** Sets and removes (null) config vars; a release when something changes, undefined when nothing does. */
  async patchConfigVars(patch: Readonly<Record<string, string | null>>, user?: User): Promise<Release | undefined> {
    const patched = patchedConfigVars(this.record.configVars, patch);
    if (!patched) return undefined;
    this.record.configVars = patched.configVars;
    return this.release(patched.change, user);
  }

  /** Makes the number of dynos what the formation says, without a release. */
  async scale(): Promise<void> {
    this.save();
    await this.#replaceDynos();
  }

  /** Whether a release waits for its release phase, or dynos for their boot. */
  isReleasing(): boolean {
    return this.#waiting > 0 || this.dynos.list().some((dyno) => !dyno.settled);
  }

  setMaintenance(on: boolean): void {
    this.record.maintenance = on;
    this.save();
    this.address.setMaintenance(on);
  }

  /** As Heroku's router writes down a request that it answered itself. */
  logRoutingError({ code, method, path }: RoutingError): void {
    const fields = `method=${method} path="${path}" host=127.0.0.1:${this.address.port}`;
    this.log.write('heroku', 'router', `at=error code=${code} desc="${routerErrors[code]}" ${fields} status=503`);
  }

  /** What a process type executes, in one line. */
  commandOf(type: string): Promise<string> {
    const newest = newestRelease(this.record).snapshot;
    const current = currentRelease(this.record).snapshot;
    return commandText(this.#surroundings.images, current.images[type] ? current : newest, type);
  }

  /** Calls `onChange` after each piece of a release phase's output and at its end. */
  followOutput(release: Release, onChange: () => void): () => void {
    const followers = this.#outputFollowers.get(release.id) ?? new Set();
    this.#outputFollowers.set(release.id, followers.add(onChange));
    return () => followers.delete(onChange);
  }

  save(): void {
    this.record.updatedAt = timestamp();
    this.#surroundings.save(this.record);
  }

  /** Ends a release phase that is under way and stops all dynos. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#releasing, this.#deploying]);
    await this.dynos.stop();
    await this.address.close();
  }

  async #finish(release: Release, change: Change): Promise<void> {
    release.snapshot = change.apply(currentRelease(this.record).snapshot);
    const status = await this.#phase(release);
    release.status = status;
    release.updatedAt = timestamp();
    if (status !== 'succeeded' && this.#surroundings.assumptions.configVarsAfterFailure === 'restored') {
      this.record.configVars = { ...currentRelease(this.record).snapshot.configVars };
    }
    try {
      this.save();
    } catch (error) {
      // Nobody waits for an answer here: what was not saved is over all the same, until the next start.
      release.status = status;
      this.log.write('heroku', 'api', error instanceof Error ? error.message : String(error));
    }
    this.#tellOutputFollowers(release);
    if (status === 'succeeded') await this.#replaceDynos();
    else this.log.write('app', 'api', `Release v${release.version} command ${status}`);
  }

  async #phase(release: Release): Promise<'succeeded' | 'failed' | 'expired'> {
    if (this.#closing.signal.aborted) return 'expired';
    const held = this.held.outcome(release.id, this.#closing.signal);
    if (held) return held;
    const { images, runner, durations, assumptions } = this.#surroundings;
    const plan = await dynoPlan(this.record, images, release, release.snapshot, releasePhaseType, release.version);
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
        this.#tellOutputFollowers(release);
      },
    });
    const ranOutOfTime = status === 'expired' && !this.#closing.signal.aborted;
    return ranOutOfTime ? assumptions.releasePhaseTimeout : status;
  }

  /** One after the other, so that the plans of an older release never come last. */
  #replaceDynos(): Promise<void> {
    this.#deploying = this.#deploying.then(async () => {
      if (this.#closing.signal.aborted) return;
      const plans = await dynoPlans(this.record, this.#surroundings.images);
      this.dynos.replace(plans, this.record.preboot ? { overlapMs: this.#surroundings.durations.preboot } : {});
    });
    return this.#deploying;
  }

  #tellOutputFollowers(release: Release): void {
    for (const follower of this.#outputFollowers.get(release.id) ?? []) follower();
  }
}
