import { ProjectVariables as GitbeakerVariables } from '@gitbeaker/rest';
import { type Clock, systemClock } from './clock.ts';
import { checkConnection, type ConnectionOptions } from './connection.ts';
import { changedFields } from './diff.ts';
import { GitlabVariablesError, requestError, withHint } from './errors.ts';
import type { ProjectVariables } from './project.ts';
import { assertValid } from './rules.ts';
import { readStoredVariable } from './stored-variable.ts';
import { redact } from './transport/redact.ts';
import { requesterFn } from './transport/requester.ts';
import { openConnections } from './transport/undici.ts';
import { identityOf, nameOf, type StoredVariable, type Variable, type VariableIdentity } from './variable.ts';

export interface ProjectVariablesOptions extends ConnectionOptions {
  /** Default `@tozo/gitlab-variables`. */
  readonly userAgent?: string;
  /** Milliseconds for one try of one request. Default 30,000. */
  readonly timeout?: number;
  /** Told about long waits, such as after a 429. Default: a Node.js process warning. */
  readonly onWait?: (text: string) => void;
  /** For tests. */
  readonly clock?: Clock;
}

const perPage = 100;
/** GitLab allows 8,000 variables in a project; a list that goes on is none. */
const mostVariables = 10_000;

/**
 * The variables of a GitLab project. Nothing is sent yet.
 * @throws GitlabVariablesError OPTIONS_INVALID, HOST_REFUSED, JOB_TOKEN
 * @see https://docs.gitlab.com/api/project_level_variables/
 */
export function createProjectVariables(options: ProjectVariablesOptions): ProjectVariables {
  const { host, token, projectId } = checkConnection(options);
  const { userAgent = '@tozo/gitlab-variables', timeout = 30_000, clock = systemClock, onWait = warnProcess } = options;
  const line = { url: `${host}/api/v4/projects/${encodeURIComponent(projectId)}/variables` };

  const exchange = openConnections();

  /** One per call, since a call has its own signal; it opens nothing. */
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
    const found = await checked(`GET ${line.url}`, () =>
      api(signal).all(projectId, { perPage, maxPages: mostVariables / perPage }),
    );
    if (!Array.isArray(found)) throw unexpected('GET', 'the answer should be an array');
    if (found.length >= mostVariables)
      throw unexpected('GET', `the list does not end after ${mostVariables} variables`);
    // A variable that is made or removed meanwhile moves others from page to page.
    return [...new Map(found.map((one) => read('GET', one)).map((one) => [identityOf(one), one])).values()];
  };

  const get: ProjectVariables['get'] = async (identity, { signal } = {}) => {
    try {
      return read('GET', await api(signal).show(projectId, identity.key, filter(identity)));
    } catch (error) {
      if (error instanceof GitlabVariablesError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  };

  async function assertExpected(expected: StoredVariable | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (!expected) return;
    const now = await get(expected, { signal });
    const changed = now && changedFields(now, expected);
    if (changed?.length === 0) return;
    throw requestError(
      { method: 'GET', url: `${line.url}/${expected.key}` },
      'CONFLICT',
      changed
        ? `${nameOf(expected)} was changed by someone else meanwhile (${changed.join(', ')}); nothing was written`
        : `${nameOf(expected)} was removed by someone else meanwhile; nothing was written`,
    );
  }

  const postOnce = async (variable: Variable, signal: AbortSignal | undefined): Promise<StoredVariable> => {
    const { key, value, environmentScope, hidden } = variable;
    const settings = { environmentScope, ...settingsOf(variable), ...(hidden ? { masked_and_hidden: true } : {}) };
    return stored('POST', variable, await api(signal).create(projectId, key, value.reveal(), settings));
  };

  /** What a lost answer may have left. */
  async function lookFor(
    variable: Variable,
    lost: GitlabVariablesError,
    signal: AbortSignal | undefined,
  ): Promise<StoredVariable | undefined> {
    try {
      return await get(variable, { signal });
    } catch {
      throw withHint(lost, `Whether ${nameOf(variable)} was created is not known: look before you try again.`);
    }
  }

  return {
    list,
    get,
    async create(variable, { signal } = {}) {
      assertValid([variable]);
      try {
        return await postOnce(variable, signal);
      } catch (error) {
        if (!(error instanceof GitlabVariablesError && mayHaveHappened(error))) throw error;
        const found = await lookFor(variable, error, signal);
        if (!found) return postOnce(variable, signal);
        if (changedFields(variable, found).length === 0) return found;
        throw error;
      }
    },
    async update(variable, { signal, expected } = {}) {
      assertValid([variable]);
      await assertExpected(expected, signal);
      const settings = { ...settingsOf(variable), searchParams: filter(variable) };
      const answer = await api(signal).edit(projectId, variable.key, variable.value.reveal(), settings as never);
      return stored('PUT', variable, answer);
    },
    async remove(identity, { signal, expected } = {}) {
      await assertExpected(expected, signal);
      await api(signal).remove(projectId, identity.key, { searchParams: filter(identity) } as never);
    },
  };

  function read(method: string, value: unknown): StoredVariable {
    try {
      return readStoredVariable(value);
    } catch (cause) {
      throw unexpected(method, (cause as Error).message);
    }
  }

  /** What was stored must be what was asked for: a GitLab that does not know a protection leaves it out silently. */
  function stored(method: string, variable: Variable, answer: unknown): StoredVariable {
    const found = read(method, answer);
    const weaker = (['masked', 'hidden', 'protected'] as const).filter((name) => variable[name] && !found[name]);
    if (weaker.length === 0 && identityOf(found) === identityOf(variable)) return found;
    const without = weaker.length > 0 ? `without being ${weaker.join(' and ')}` : `as ${nameOf(found)}`;
    throw requestError({ method, ...line }, 'PROTOCOL', `${nameOf(variable)} was stored ${without}`, {
      advice: 'This GitLab may be too old for it. Remove the variable there.',
    });
  }

  function unexpected(method: string, happened: string): GitlabVariablesError {
    return requestError({ method, ...line }, 'PROTOCOL', happened);
  }

  /** What @gitbeaker itself stumbles over is an answer of another shape. */
  async function checked<T>(request: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof GitlabVariablesError) throw error;
      throw new GitlabVariablesError('PROTOCOL', `${request}: PROTOCOL: the answer is not what was expected.`);
    }
  }
}

function settingsOf({ type, protected: isProtected, masked, raw, description }: Variable) {
  return { variableType: type, protected: isProtected, masked, raw, description: description ?? '' };
}

function filter({ environmentScope }: VariableIdentity): { filter: { environment_scope: string } } {
  return { filter: { environment_scope: environmentScope } };
}

/** A refusal is certain; a cut connection, a server error or an answer that cannot be read is not. */
function mayHaveHappened({ code, status = 0 }: GitlabVariablesError): boolean {
  return ['UNREACHABLE', 'TIMEOUT', 'SERVER_ERROR'].includes(code) || (code === 'PROTOCOL' && status < 300);
}

function warnProcess(text: string): void {
  process.emitWarning(text, 'GitlabVariablesWarning');
}
