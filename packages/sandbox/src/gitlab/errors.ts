/**
 * An error response of GitLab's API: `{ message }` or `{ error }` with its HTTP status.
 * @see https://docs.gitlab.com/api/rest/troubleshooting/#status-codes
 */
export class GitlabError extends Error {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

export const unauthorizedError = (): GitlabError => new GitlabError(401, { message: '401 Unauthorized' });
/** `resource` as in `404 Project Not Found`. */
export const notFoundError = (resource: string): GitlabError =>
  new GitlabError(404, { message: `404 ${resource} Not Found` });
export const noSuchPathError = (): GitlabError => new GitlabError(404, { error: '404 Not Found' });
/** What GitLab has and the sandbox lacks, such as `GET /api/v4/groups`. */
export const notImplementedError = (what: string): GitlabError =>
  new GitlabError(501, { message: `GitLab has ${what}, but @tozo/sandbox doesn't.` });
export const methodNotAllowedError = (): GitlabError => new GitlabError(405, { error: '405 Not Allowed' });
/** An invalid parameter, checked first: `key is missing`. */
export const badParameterError = (message: string): GitlabError => new GitlabError(400, { error: message });
/** An invalid record: `{ value: ['is invalid'] }`. */
export const invalidError = (fields: Readonly<Record<string, readonly string[]>>): GitlabError =>
  new GitlabError(400, { message: fields });
/** A valid parameter that GitLab refuses: `400 Bad request - …`. */
export const invalidParameterError = (message: string): GitlabError =>
  new GitlabError(400, { message: `400 Bad request - ${message}` });
