import { GitlabVariablesError } from '../variable/errors.ts';
import { isLoopback } from '../transport/loopback.ts';

export interface ConnectionOptions {
  /** GitLab's address, such as `https://gitlab.com` (default) or `https://example.com/gitlab`, with or without `/api/v4`. */
  readonly host?: string | undefined;
  /**
   * A token with the role Maintainer: preferably a project access token with the scope `api`, or a fine-grained token with the
   * permission `Variable` (GitLab 19.2).
   */
  readonly token?: string | undefined;
  /** CI_JOB_TOKEN, which can't access variables. Without a `token` it causes an error that says so. */
  readonly jobToken?: string | undefined;
  /** The project's ID, or its path `group/name`. */
  readonly projectId: string | number;
}

export interface Connection {
  readonly host: string;
  readonly token: string;
  readonly projectId: string | number;
}

/** @throws GitlabVariablesError OPTIONS_INVALID, HOST_REFUSED, JOB_TOKEN */
export function parseConnection({
  host = 'https://gitlab.com',
  token,
  jobToken,
  projectId,
}: ConnectionOptions): Connection {
  return { host: parseHost(host), token: parseToken(token, jobToken), projectId: parseProject(projectId) };
}

function parseHost(host: string): string {
  const url = URL.canParse(host) ? new URL(host) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw optionsError('The GitLab host must be an https URL, such as https://gitlab.com.');
  }
  if (url.username || url.password || url.search || url.hash) {
    throw optionsError('The GitLab host must be a URL without username, password, query or fragment.');
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new GitlabVariablesError(
      'HOST_REFUSED',
      `${url.protocol}//${url.host}: HOST_REFUSED: plain http would expose the token and the values. Use https:// in the host.`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/api\/v4$/, '');
}

function parseToken(token: string | undefined, jobToken: string | undefined): string {
  if (jobToken && (token === undefined || token === jobToken)) {
    throw new GitlabVariablesError(
      'JOB_TOKEN',
      "CI_JOB_TOKEN can't access CI/CD variables: none of its permissions covers them. Create a project access token with the role Maintainer and the scope api, and store it in a masked and protected variable GITLAB_TOKEN.",
    );
  }
  if (!token) {
    throw optionsError(
      'The GitLab token is missing or empty. Create a project access token with the role Maintainer and the scope api.',
    );
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw optionsError('The GitLab token contains a space, a line break or another invalid character. Copy it again.');
  }
  return token;
}

function parseProject(projectId: string | number): string | number {
  const text = String(projectId);
  if (/^[1-9]\d*$/.test(text) || /^[\w.-]+(?:\/[\w.-]+)+$/.test(text)) return projectId;
  throw optionsError(`"${text}" isn't the ID or the path (group/name) of a project.`);
}

function optionsError(message: string): GitlabVariablesError {
  return new GitlabVariablesError('OPTIONS_INVALID', message);
}
