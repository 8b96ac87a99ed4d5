import { GitlabVariablesError } from './errors.ts';
import { isLoopback } from './transport/loopback.ts';

/** How a project is reached. */
export interface ConnectionOptions {
  /** GitLab's address, such as `https://gitlab.com` (default) or `https://example.com/gitlab`. */
  readonly host?: string | undefined;
  /** A token with the scope `api` and the role Maintainer: of a person, a group or, best, the project. */
  readonly token?: string | undefined;
  /** CI_JOB_TOKEN, when that is all there is: it gives a clear error, since it cannot reach variables. */
  readonly jobToken?: string | undefined;
  /** The project's number, or its path `group/name`. */
  readonly projectId: string | number;
}

/** A checked connection. */
export interface Connection {
  readonly host: string;
  readonly token: string;
  readonly projectId: string | number;
}

/** @throws GitlabVariablesError OPTIONS_INVALID, HOST_REFUSED, JOB_TOKEN before anything is sent */
export function checkConnection({
  host = 'https://gitlab.com',
  token,
  jobToken,
  projectId,
}: ConnectionOptions): Connection {
  return { host: checkHost(host), token: checkToken(token, jobToken), projectId: checkProject(projectId) };
}

function checkHost(host: string): string {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw invalid('The GitLab host must be an https URL, such as https://gitlab.com.');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw invalid("The GitLab host must be GitLab's plain address, without user name, query or fragment.");
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new GitlabVariablesError(
      'HOST_REFUSED',
      `${url.protocol}//${url.host}: HOST_REFUSED: the token and the values may leave this machine by https only. Write https:// in the host.`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function checkToken(token: string | undefined, jobToken: string | undefined): string {
  if (token === undefined && jobToken) {
    throw new GitlabVariablesError(
      'JOB_TOKEN',
      'CI_JOB_TOKEN cannot read or change CI/CD variables. Make a project access token with the role Maintainer and the scope api, and give it as GITLAB_TOKEN in a masked and protected variable.',
    );
  }
  if (!token) {
    throw invalid(
      'The GitLab token is missing or empty. Make a project access token with the role Maintainer and the scope api.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw invalid(
      'The GitLab token holds a space, a line break or a character that no token has; was it copied whole?',
    );
  }
  return token;
}

function checkProject(projectId: string | number): string | number {
  const text = String(projectId);
  if (/^[1-9]\d*$/.test(text) || /^[\w.-]+(?:\/[\w.-]+)+$/.test(text)) return projectId;
  throw invalid(`"${text}" is neither the number nor the path (group/name) of a project.`);
}

function invalid(message: string): GitlabVariablesError {
  return new GitlabVariablesError('OPTIONS_INVALID', message);
}
