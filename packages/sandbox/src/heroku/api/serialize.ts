import type { Account, Platform } from '../apps/platform.ts';
import type { App } from '../apps/app.ts';
import {
  type AppRecord,
  currentRelease,
  imageOf,
  isEligibleForRollback,
  type ProcessType,
  type Release,
  uuidOf,
} from '../state/model.ts';
import { generationReference, regionReference, stackReference } from './catalog.ts';
import type { OneOffDyno } from '../dynos/one-off-dyno.ts';
import type { SupervisedDyno } from '../dynos/supervised-dyno.ts';

// The resources of the Platform API. Tests check them against its published schema.

export function serializeAccount(account: Account): Record<string, unknown> {
  return {
    id: account.id,
    email: account.email,
    name: 'Sandbox',
    allow_tracking: false,
    beta: false,
    country_of_residence: null,
    created_at: account.createdAt,
    updated_at: account.createdAt,
    last_login: null,
    default_organization: null,
    default_team: null,
    delinquent_at: null,
    federated: false,
    identity_provider: null,
    sms_number: null,
    suspended_at: null,
    two_factor_authentication: false,
    verified: true,
  };
}

export function serializeApp(app: App, platform: Platform): Record<string, unknown> {
  const { record } = app;
  const stack = stackReference(record.stack);
  const deployed = record.releases.findLast((release) => Object.keys(release.snapshot.images).length > 0);
  return {
    id: record.id,
    name: record.name,
    acm: false,
    archived_at: null,
    build_stack: stack,
    buildpack_provided_description: record.stack === 'container' ? 'Container' : null,
    created_at: record.createdAt,
    generation: generationReference,
    git_url: `https://git.heroku.com/${record.name}.git`,
    internal_routing: null,
    maintenance: record.maintenance,
    organization: null,
    owner: { id: platform.account.id, email: platform.account.email },
    region: regionReference(record.region ?? 'us'),
    released_at: deployed?.createdAt ?? null,
    repo_size: null,
    slug_size: null,
    space: null,
    stack,
    team: null,
    updated_at: record.updatedAt,
    web_url: app.address.url,
  };
}

export function serializeProcessType(record: AppRecord, type: ProcessType, command: string): Record<string, unknown> {
  return {
    id: type.id,
    app: { id: record.id, name: record.name },
    type: type.type,
    command,
    quantity: type.quantity,
    size: type.size,
    dyno_size: { name: type.size },
    created_at: type.createdAt,
    updated_at: type.updatedAt,
  };
}

/** Returns the image that a release runs for a process type, as the API's variant docker-releases shows it. */
export function serializeImage({ snapshot }: Release, type: string): { readonly id: string } | null {
  const image = imageOf(snapshot, type);
  return image ? { id: uuidOf(image.imageId) } : null;
}

/** `baseUrl` is the API's own URL, which also serves output streams. */
export function serializeRelease(app: AppRecord, release: Release, baseUrl: string): Record<string, unknown> {
  return {
    id: release.id,
    version: release.version,
    app: { id: app.id, name: app.name },
    addon_plan_names: [],
    artifacts: [],
    created_at: release.createdAt,
    current: currentRelease(app) === release,
    description: release.description,
    eligible_for_rollback: isEligibleForRollback(release),
    output_stream_url: release.outputToken === undefined ? null : `${baseUrl}/streams/${release.outputToken}`,
    slug: null,
    status: release.status,
    updated_at: release.updatedAt,
    user: release.user,
  };
}

export function serializeDyno(app: AppRecord, dyno: SupervisedDyno | OneOffDyno): Record<string, unknown> {
  return {
    id: dyno.id,
    name: dyno.plan.name,
    type: dyno.plan.type,
    app: { id: app.id, name: app.name },
    attach_url: 'attachUrl' in dyno ? (dyno.attachUrl ?? null) : null,
    command: dyno.plan.commandText,
    created_at: dyno.createdAt,
    release: dyno.plan.release,
    size: dyno.plan.size,
    state: dyno.state,
    updated_at: dyno.updatedAt,
  };
}
