import type { AppAddress } from '../../router/router.ts';
import { AppDynos } from '../dynos/app-dynos.ts';
import { OneOffDynos } from '../dynos/one-off-dynos.ts';
import { AppLog } from '../state/app-log.ts';
import { type Change, createConfigVarPatch } from '../state/changes.ts';
import { commandTextOf, planDyno, planDynos } from '../dynos/dyno-plans.ts';
import {
  type AppRecord,
  createProcessType,
  createRelease,
  currentRelease,
  imageOf,
  newestRelease,
  type Release,
  releasePhaseType,
} from '../state/model.ts';
import { defaultSizeIn } from '../state/dyno-limits.ts';
import type { AppContext } from './app-context.ts';
import { HeldReleases, type ReleaseOutcome } from './held-releases.ts';
import type { ReleaseOptions } from './release-options.ts';
import { ReleaseOutputs } from './release-outputs.ts';
import { runReleasePhase } from './release-phase.ts';

/** A release that hasn't ended, and its change. */
interface PendingRelease {
  readonly release: Release;
  readonly change: Change;
}

/** A running app: its record, dynos and log. Releases run one at a time. */
export class App {
  readonly record: AppRecord;
  readonly log: AppLog;
  readonly address: AppAddress;
  readonly dynos: AppDynos;
  readonly oneOffs: OneOffDynos;
  readonly held = new HeldReleases();
  readonly outputs = new ReleaseOutputs();
  readonly #context: AppContext;
  readonly #closing = new AbortController();
  #releasing: Promise<void> = Promise.resolve();
  #pending: readonly PendingRelease[] = [];
  #deploying: Promise<void> = Promise.resolve();

  constructor(record: AppRecord, address: AppAddress, context: AppContext) {
    this.record = record;
    this.address = address;
    this.#context = context;
    const { runner, durations, clock, rendezvous, assumptions } = context;
    this.log = new AppLog(clock);
    this.dynos = new AppDynos({ runner, durations, clock, log: this.log }, address, {
      oldDynosServe: assumptions.oldWebDynos === 'serving',
    });
    this.oneOffs = new OneOffDynos({ runner, durations, clock, rendezvous, log: this.log });
    address.setMaintenance(record.maintenance);
  }

  /** Starts the dynos of the current release after a restart of the sandbox. */
  async resume(): Promise<void> {
    for (const release of this.record.releases) if (release.status === 'pending') release.status = 'expired';
    this.save();
    await this.#replaceDynos();
  }

  /**
   * Creates a release of `change`. It's pending if it is held, has a release phase or waits for an earlier release; otherwise
   * it has already ended.
   */
  async release(change: Change, options: ReleaseOptions = {}): Promise<Release> {
    const { user = this.#context.user, hasFailed = false } = options;
    const hold = options.hold === 'none' ? undefined : (options.hold ?? this.held.takeNext());
    const { record } = this;
    const before = this.#pending.length > 0 ? newestRelease(record) : currentRelease(record);
    record.configVars = { ...(change.applyToConfigVars?.(record.configVars) ?? record.configVars) };
    const snapshot = { ...change.apply(before.snapshot), configVars: record.configVars };
    const mayEndNow = this.#pending.length === 0 && !hold && snapshot.images[releasePhaseType] === undefined;
    const status = hasFailed ? 'failed' : mayEndNow ? 'succeeded' : 'pending';
    const release = createRelease(record, {
      description: change.description,
      user,
      snapshot,
      status,
      now: this.#context.clock.timestamp(),
    });
    if (hold) this.held.start(release.id, hold);
    record.releases.push(release);
    this.log.write('app', 'api', `Release v${release.version} created by user ${user.email}`);
    if (status !== 'pending') this.#applyEnd(release, change);
    this.save();
    if (status === 'succeeded') await this.#replaceDynos();
    if (status === 'pending') {
      const pending = { release, change };
      this.#pending = [...this.#pending, pending];
      this.#releasing = this.#releasing.then(() => this.#finish(pending));
    }
    return release;
  }

  /** Sets and removes (null) config vars. Returns the release; undefined if nothing changes. */
  async patchConfigVars(
    patch: Readonly<Record<string, string | null>>,
    options: ReleaseOptions = {},
  ): Promise<Release | undefined> {
    const change = createConfigVarPatch(this.record.configVars, patch);
    return change && this.release(change, options);
  }

  /** Applies a change to the current release itself, without a release of its own. */
  async amend(change: Change): Promise<void> {
    for (const release of new Set([currentRelease(this.record), newestRelease(this.record)])) {
      release.snapshot = { ...release.snapshot, ...change.apply(release.snapshot) };
    }
    this.#updateFormation(currentRelease(this.record), change);
    await this.scale();
  }

  /** Ends the eligibility for a rollback of all releases but the newest `keep`. Returns whether there were any. */
  retireReleases(keep: number): boolean {
    const { releases } = this.record;
    const older = releases.slice(0, Math.max(0, releases.length - keep));
    for (const release of older) release.isRetired = true;
    this.save();
    return older.length > 0;
  }

  /** Starts and stops dynos to match the formation, without a release. */
  async scale(): Promise<void> {
    this.save();
    await this.#replaceDynos();
  }

  /** Whether a release is pending or a dyno is booting. */
  isReleasing(): boolean {
    return this.#pending.length > 0 || this.dynos.list().some((dyno) => !dyno.isSettled);
  }

  setMaintenance(on: boolean): void {
    this.record.maintenance = on;
    this.save();
    this.address.setMaintenance(on);
  }

  /** Returns a process type's command line. */
  commandOf(type: string): Promise<string> {
    const newest = newestRelease(this.record).snapshot;
    const current = currentRelease(this.record).snapshot;
    return commandTextOf(this.#context.images, imageOf(current, type) ? current : newest, type);
  }

  save(): void {
    this.record.updatedAt = this.#context.clock.timestamp();
    this.#context.save(this.record);
  }

  /** Ends a running release phase and stops all dynos. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#releasing, this.#deploying]);
    await Promise.all([this.dynos.stop(), this.oneOffs.stop()]);
    await this.address.close();
  }

  async #finish({ release, change }: PendingRelease): Promise<void> {
    const { configVars } = release.snapshot;
    release.snapshot = { ...change.apply(currentRelease(this.record).snapshot), configVars };
    const status = await this.#runPhase(release);
    this.#pending = this.#pending.slice(1);
    release.status = status;
    release.updatedAt = this.#context.clock.timestamp();
    release.output = this.outputs.lastPart(release);
    this.#applyEnd(release, change);
    try {
      this.save();
    } catch (error) {
      // There is no response to send. The release has ended anyway, even if a restart won't know.
      release.status = status;
      this.log.write('heroku', 'api', error instanceof Error ? error.message : String(error));
    }
    this.outputs.notify(release);
    if (status === 'succeeded') await this.#replaceDynos();
    else this.log.write('app', 'api', `Release v${release.version} command ${status}`);
  }

  /** Updates the formation after a success. After a failure, restores the config vars if that is assumed. */
  #applyEnd(release: Release, change: Change): void {
    if (release.status === 'succeeded') return this.#updateFormation(release, change);
    if (this.#context.assumptions.configVarsAfterFailure !== 'restored') return;
    let { configVars } = currentRelease(this.record).snapshot;
    for (const waiting of this.#pending) {
      configVars = waiting.change.applyToConfigVars?.(configVars) ?? configVars;
      waiting.release.snapshot = { ...waiting.release.snapshot, configVars };
    }
    this.record.configVars = { ...configVars };
  }

  #updateFormation({ snapshot }: Release, { removes = [] }: Change): void {
    const kept = this.record.formation.filter(({ type }) => !removes.includes(type));
    const known = new Set(kept.map(({ type }) => type));
    const missing = Object.keys(snapshot.images).filter((type) => !known.has(type));
    this.record.formation = [
      ...kept,
      ...missing.map((type) => createProcessType(type, this.#context.clock.timestamp(), defaultSizeIn(kept))),
    ];
  }

  async #runPhase(release: Release): Promise<ReleaseOutcome> {
    if (this.#closing.signal.aborted) return 'expired';
    const held = this.held.outcomeOf(release.id, this.#closing.signal);
    if (held) return held;
    const { images, runner, durations, clock, assumptions } = this.#context;
    const plan = await planDyno(this.record, images, release, release.snapshot, releasePhaseType, release.version);
    if (!plan) return 'succeeded';
    const status = await runReleasePhase({
      plan,
      runner,
      log: this.log,
      clock,
      timeoutMs: durations.releasePhase,
      signal: this.#closing.signal,
      onOutput: (bytes) => {
        if (assumptions.releaseOutput === 'streamed') this.outputs.append(release, bytes);
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
      const { durations, assumptions } = this.#context;
      const preboot = { switchAfterMs: durations.preboot, afterCrash: assumptions.prebootAfterCrash };
      this.dynos.replace(plans, this.record.preboot ? preboot : undefined);
    });
    return this.#deploying;
  }
}
