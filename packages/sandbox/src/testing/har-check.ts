/**
 * Returns how a value violates HTTP Archive 1.2; empty if it is valid.
 * @see http://www.softwareishard.com/blog/har-12-spec/
 */
export function harProblems(har: unknown): string[] {
  const problems: string[] = [];
  const expect = (isTrue: boolean, problem: string): void => void (isTrue || problems.push(problem));
  const field = (value: unknown, name: string): unknown => (value as Record<string, unknown> | undefined)?.[name];
  const text = (value: unknown, path: string): void => expect(typeof value === 'string', `${path} is not a string`);
  const size = (value: unknown, path: string): void =>
    expect(Number.isInteger(value) && Number(value) >= -1, `${path} is not a size`);
  const duration = (value: unknown, path: string): void =>
    expect(typeof value === 'number' && value >= 0, `${path} is not a number`);
  const pairs = (value: unknown, path: string): void => {
    if (!Array.isArray(value)) return void problems.push(`${path} is not a list`);
    for (const [index, pair] of value.entries()) {
      text(field(pair, 'name'), `${path}[${index}].name`);
      text(field(pair, 'value'), `${path}[${index}].value`);
    }
  };
  const message = (value: unknown, path: string): void => {
    text(field(value, 'httpVersion'), `${path}.httpVersion`);
    pairs(field(value, 'headers'), `${path}.headers`);
    pairs(field(value, 'cookies'), `${path}.cookies`);
    size(field(value, 'headersSize'), `${path}.headersSize`);
    size(field(value, 'bodySize'), `${path}.bodySize`);
  };

  const log = field(har, 'log');
  expect(field(log, 'version') === '1.2', 'log.version is not 1.2');
  text(field(field(log, 'creator'), 'name'), 'log.creator.name');
  text(field(field(log, 'creator'), 'version'), 'log.creator.version');
  const entries = field(log, 'entries');
  if (!Array.isArray(entries)) return [...problems, 'log.entries is not a list'];
  for (const [index, entry] of entries.entries()) {
    const path = `entries[${index}]`;
    const [request, response, timings] = ['request', 'response', 'timings'].map((name) => field(entry, name));
    const started = String(field(entry, 'startedDateTime'));
    const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
    expect(iso.test(started) && !Number.isNaN(Date.parse(started)), `${path}.startedDateTime is not an ISO 8601 time`);
    duration(field(entry, 'time'), `${path}.time`);
    for (const part of ['send', 'wait', 'receive']) duration(field(timings, part), `${path}.timings.${part}`);
    const sum = ['send', 'wait', 'receive'].reduce((total, part) => total + Number(field(timings, part)), 0);
    expect(Math.abs(sum - Number(field(entry, 'time'))) < 0.01, `${path}.time is not the sum of its timings`);
    const cache = field(entry, 'cache');
    expect(typeof cache === 'object' && cache !== null, `${path}.cache is not an object`);
    message(request, `${path}.request`);
    text(field(request, 'method'), `${path}.request.method`);
    expect(URL.canParse(String(field(request, 'url'))), `${path}.request.url is not an absolute URL`);
    pairs(field(request, 'queryString'), `${path}.request.queryString`);
    const postData = field(request, 'postData');
    if (postData !== undefined) text(field(postData, 'mimeType'), `${path}.request.postData.mimeType`);
    message(response, `${path}.response`);
    expect(Number.isInteger(field(response, 'status')), `${path}.response.status is not an integer`);
    text(field(response, 'statusText'), `${path}.response.statusText`);
    text(field(response, 'redirectURL'), `${path}.response.redirectURL`);
    const content = field(response, 'content');
    size(field(content, 'size'), `${path}.response.content.size`);
    text(field(content, 'mimeType'), `${path}.response.content.mimeType`);
  }
  return problems;
}
