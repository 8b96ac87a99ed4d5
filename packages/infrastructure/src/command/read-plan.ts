/** What an apply would do to one resource. */
export interface PlannedChange {
  readonly address: string;
  readonly action: 'create' | 'update' | 'replace' | 'delete' | 'forget' | 'import' | 'move';
  /** Whether it existed when Terraform last looked, and is gone. */
  readonly isGone: boolean;
  /** The attributes that differ, for an update or a replacement. */
  readonly attributes: readonly AttributeChange[];
}

export interface AttributeChange {
  readonly name: string;
  /** As JSON; undefined if the value is sensitive. */
  readonly before: string | undefined;
  /** As JSON; undefined if the value is sensitive or not known yet. */
  readonly after: string | undefined;
}

export type Values = Readonly<Record<string, unknown>>;

/** One change, as the plan has it. */
export interface RawChange {
  readonly address: string;
  readonly type: string;
  readonly mode: string;
  readonly previous_address?: string;
  readonly change: {
    readonly actions: readonly string[];
    readonly before: Values | null;
    readonly after: Values | null;
    readonly after_unknown?: Values | boolean;
    readonly before_sensitive?: Values | boolean;
    readonly after_sensitive?: Values | boolean;
    readonly importing?: unknown;
  };
}

/**
 * Reads a plan as `terraform show -json` prints it. Outputs and data sources don't count.
 * @see https://developer.hashicorp.com/terraform/internals/json-format
 */
export function readPlan(text: string): PlannedChange[] {
  const changes = rawChangesOf(text);
  const { resource_drift: drift = [] } = JSON.parse(text) as { resource_drift?: readonly RawChange[] };
  const gone = new Set(drift.filter(({ change }) => change.actions.includes('delete')).map(({ address }) => address));
  return changes.flatMap((raw) => {
    const action = raw.mode === 'managed' ? actionOf(raw) : undefined;
    if (action === undefined) return [];
    const differs = action === 'update' || action === 'replace';
    return [
      {
        address: raw.address,
        action,
        isGone: gone.has(raw.address),
        attributes: differs ? differencesOf(raw.change) : [],
      },
    ];
  });
}

export function rawChangesOf(text: string): readonly RawChange[] {
  const { resource_changes: changes = [] } = JSON.parse(text) as { resource_changes?: readonly RawChange[] };
  return changes;
}

function actionOf({ address, previous_address: earlier, change }: RawChange): PlannedChange['action'] | undefined {
  const { actions, importing } = change;
  if (actions.length === 2) return 'replace';
  switch (actions[0]) {
    case 'create':
    case 'update':
    case 'delete':
    case 'forget':
      return actions[0];
    default:
      if (importing !== undefined && importing !== null) return 'import';
      return earlier !== undefined && earlier !== address ? 'move' : undefined;
  }
}

function differencesOf({
  before,
  after,
  after_unknown: unknown,
  before_sensitive: wasSensitive,
  after_sensitive: isSensitive,
}: RawChange['change']): AttributeChange[] {
  const marked = (marks: Values | boolean | undefined, name: string): boolean =>
    typeof marks === 'object' ? isMarked(marks[name]) : marks === true;
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return names.flatMap((name) => {
    const [was, is] = [JSON.stringify(before?.[name] ?? null), JSON.stringify(after?.[name] ?? null)];
    if (was === is || marked(unknown, name)) return [];
    const isSecret = marked(wasSensitive, name) || marked(isSensitive, name);
    return [{ name, before: isSecret ? undefined : was, after: isSecret ? undefined : is }];
  });
}

/** A mark is true, or has one somewhere inside. */
function isMarked(mark: unknown): boolean {
  if (typeof mark !== 'object' || mark === null) return mark === true;
  return Object.values(mark).some(isMarked);
}

/** Returns one line for each change, such as `gitlab_project.shop: visibility_level is "public", declared "private"`. */
export function describeDrift(changes: readonly PlannedChange[]): string[] {
  return changes.flatMap(({ address, action, isGone, attributes }) => {
    switch (action) {
      case 'create':
        return [`${address}: ${isGone ? 'was deleted by hand' : "isn't in the state"}`];
      case 'delete':
      case 'forget':
        return [`${address}: exists, and is no longer declared`];
      case 'import':
        return [`${address}: exists, and isn't in the state yet`];
      case 'move':
        return [`${address}: has another address in the state`];
      default:
        return attributes.length === 0
          ? [`${address}: differs`]
          : attributes.map((one) => `${address}: ${differs(one)}`);
    }
  });
}

function differs({ name, before, after }: AttributeChange): string {
  return before === undefined || after === undefined ? `${name} differs` : `${name} is ${before}, declared ${after}`;
}
