import { ProjectVariables as GitbeakerVariables } from '@gitbeaker/rest';
import { type Clock, systemClock } from '../transport/clock.ts';
import { redact } from '../transport/redact.ts';
import { requesterFn } from '../transport/requester.ts';
import { openConnections } from '../transport/undici.ts';
import { changedFields } from '../variable/changed-fields.ts';
import { GitlabVariablesError, requestError, withHint } from '../variable/errors.ts';
import { formatDescription } from '../variable/owner-mark.ts';
import { assertNoProblems, validateVariable } from '../variable/rules.ts';
import {
  type DesiredVariable,
  type ExpectedVariable,
  identityOf,
  nameOf,
  type StoredVariable,
  type VariableIdentity,
  type VariableSettings,
} from '../variable/variable.ts';
import { type ConnectionOptions, parseConnection } from './connection.ts';
import type { CreateOptions, ProjectVariables } from './project.ts';
import { parseStoredVariable } from './stored-variable.ts';

export interface ProjectVariablesOptions extends ConnectionOptions {
  /** Default `@tozo/gitlab-variables`. */
  readonly userAgent?: string;
  /** Milliseconds for one attempt of one request. Default 30,000. */
  readonly timeout?: number;
  /** Called before long waits, such as after a 429. Default: a Node.js process warning. */
  readonly onWait?: (text: string) => void;
  /** For tests. */
  readonly clock?: Clock;
}

const perPage = 100;
/** GitLab allows 8,000 variables in a project, so a longer list has no end. */
const maxVariables = 10_000;

/**
 * Returns the variables of a GitLab project. Sends nothing yet.
 * @throws GitlabVariablesError OPTIONS_INVALID, HOST_REFUSED, JOB_TOKEN
 * @see https://docs.gitlab.com/api/project_level_variables/
 */
export function createProjectVariables(options: ProjectVariablesOptions): ProjectVariables {
  const { host, token, projectId } = parseConnection(options);
  const { userAgent = '@tozo/gitlab-variables', timeout = 30_000, clock = systemClock, onWait = warnProcess } = options;
  const exchange = openConnections();
  const line = { url: `${host}/api/v4/projects/${encodeURIComponent(projectId)}/variables` };

  /** Creates an API object per call, because each call has its own signal. */
  function api(signal: AbortSignal | undefined): GitbeakerVariables {
    const requester = requesterFn({
      exchange,
      clock,
      timeout,
      onWait,
      userAgent,
      signal,
      redact: (text, secrets) => redact(text, [token, ...secrets]),
    });
    return new GitbeakerVariables({
      host,
      token: async () => token,
      queryTimeout: null,
      rateLimits: {},
      requesterFn: requester,
    });
  }

  const list: ProjectVariables['list'] = async ({ signal } = {}) => {
    const rows = await withProtocolError(`GET ${line.url}`, () =>
      api(signal).all(projectId, { perPage, maxPages: maxVariables / perPage }),
    );
    if (!Array.isArray(rows)) throw protocolError('GET', 'the response must be an array');
    if (rows.length >= maxVariables) throw protocolError('GET', `the list doesn't end after ${maxVariables} variables`);
    const variables = rows.map((row) => parse('GET', row));
    // A variable that is created or removed while the pages are read moves others to another page.
    return [...new Map(variables.map((one) => [identityOf(one), one])).values()];
  };

  const get: ProjectVariables['get'] = async (identity, { signal } = {}) => {
    try {
      const found = parse('GET', await api(signal).show(projectId, identity.key, filter(identity)));
      if (identityOf(found) === identityOf(identity)) return found;
      throw protocolError('GET', `${nameOf(identity)} was requested and ${nameOf(found)} returned`);
    } catch (error) {
      if (error instanceof GitlabVariablesError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  };

  async function assertUnchanged(expected: StoredVariable | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (!expected) return;
    const current = await get(expected, { signal });
    // Without its owner's mark, someone took the variable over.
    const isTakenOver = current?.owner !== expected.owner;
    const changed = current && [...changedFields(current, expected), ...(isTakenOver ? ['owner'] : [])];
    if (changed?.length === 0) return;
    throw requestError(
      { method: 'GET', url: `${line.url}/${expected.key}` },
      'CONFLICT',
      changed
        ? `someone else changed ${nameOf(expected)} in the meantime (${changed.join(', ')}); nothing was written`
        : `someone else removed ${nameOf(expected)} in the meantime; nothing was written`,
    );
  }

  async function post(variable: DesiredVariable, { owner, signal }: CreateOptions): Promise<StoredVariable> {
    const { key, value, environmentScope, hidden } = variable;
    const description = variable.description ?? (owner === undefined ? undefined : null);
    const hiding = hidden ? { masked: true, masked_and_hidden: true } : {};
    const settings = { environmentScope, ...fieldsOf({ ...variable, description }, owner), ...hiding };
    const response = await api(signal).create(projectId, key, value.reveal(), settings);
    return parseKept('POST', { ...variable, ...(description !== undefined && { description }) }, owner, response);
  }

  /** Returns the variable that a POST created although its response was lost. */
  async function findCreated(
    variable: DesiredVariable,
    postError: GitlabVariablesError,
    signal: AbortSignal | undefined,
  ): Promise<StoredVariable | undefined> {
    try {
      return await get(variable, { signal });
    } catch {
      throw withHint(postError, `Can't tell whether ${nameOf(variable)} was created: check before you retry.`);
    }
  }

  return {
    list,
    get,
    async create(variable, options = {}) {
      assertNoProblems(validateVariable(variable, options));
      try {
        return await post(variable, options);
      } catch (error) {
        if (!(error instanceof GitlabVariablesError && isOutcomeUnknown(error))) throw error;
        const found = await findCreated(variable, error, options.signal);
        if (!found) return post(variable, options);
        if (changedFields(variable, found).length === 0) return found;
        throw error;
      }
    },
    async update(variable, { signal, expected, owner = expected?.owner, keepValue = false } = {}) {
      assertNoProblems(validateVariable(variable, { current: expected, owner }));
      await assertUnchanged(expected, signal);
      const { value, ...rest } = variable;
      const sent = keepValue ? rest : variable;
      const settings = { ...fieldsOf(variable, owner), searchParams: filter(variable) };
      const text = keepValue ? undefined : value.reveal();
      const response = await api(signal).edit(projectId, variable.key, text as string, settings as never);
      return parseKept('PUT', sent, owner, response);
    },
    async remove(identity, { signal, expected } = {}) {
      await assertUnchanged(expected, signal);
      await api(signal).remove(projectId, identity.key, { searchParams: filter(identity) } as never);
    },
  };

  function parse(method: string, row: unknown): StoredVariable {
    try {
      return parseStoredVariable(row);
    } catch (cause) {
      throw protocolError(method, (cause as Error).message);
    }
  }

  /** Throws NOT_KEPT if GitLab stored something else: an older one silently drops the fields that it doesn't know. */
  function parseKept(
    method: string,
    sent: ExpectedVariable,
    owner: string | undefined,
    response: unknown,
  ): StoredVariable {
    const found = parse(method, response);
    const isDescribed = sent.description === undefined || found.owner === owner;
    const lost = new Set<string>([
      ...(['key', 'environmentScope'] as const).filter((name) => sent[name] !== found[name]),
      ...changedFields(sent, found),
      ...(isDescribed ? [] : ['description']),
    ]);
    if (lost.size === 0) return found;
    throw requestError(
      { method, ...line },
      'NOT_KEPT',
      `GitLab didn't keep ${[...lost].join(', ')} of ${nameOf(sent)}`,
    );
  }

  function protocolError(method: string, problem: string): GitlabVariablesError {
    return requestError({ method, ...line }, 'PROTOCOL', problem);
  }
}

/** Replaces what @gitbeaker throws for a response of the wrong shape. */
async function withProtocolError<T>(request: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof GitlabVariablesError) throw error;
    throw new GitlabVariablesError('PROTOCOL', `${request}: PROTOCOL: unexpected response. Check the host.`);
  }
}

type Undefinable<T> = { [Name in keyof T]: T[Name] | undefined };

/** Returns the declared settings by GitLab's names. What isn't declared isn't sent, so GitLab keeps it. */
function fieldsOf(
  { type, protected: isProtected, masked, raw, description }: Undefinable<Partial<VariableSettings>>,
  owner: string | undefined,
): Record<string, unknown> {
  const fields = {
    variableType: type,
    protected: isProtected,
    masked,
    raw,
    description: description === undefined ? undefined : formatDescription(description, owner),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function filter({ environmentScope }: VariableIdentity): { filter: { environment_scope: string } } {
  return { filter: { environment_scope: environmentScope } };
}

/** A broken connection, a server error or an unreadable response doesn't say whether the request was carried out. */
function isOutcomeUnknown({ code, status = 0 }: GitlabVariablesError): boolean {
  return ['UNREACHABLE', 'TIMEOUT', 'SERVER_ERROR'].includes(code) || (code === 'PROTOCOL' && status < 300);
}

function warnProcess(text: string): void {
  process.emitWarning(text, 'GitlabVariablesWarning');
}
