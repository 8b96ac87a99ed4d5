import { expect, test } from 'vitest';
import { formatRouterLine, type RoutedRequest } from './routed-request.ts';

const request: RoutedRequest = {
  method: 'GET',
  path: '/a?b',
  host: 'shop.example',
  id: 'an-id',
  forwardedFor: '10.1.2.3, 127.0.0.1',
  result: 200,
};
const dyno = { name: 'web.1', connectMs: 0.4, serviceMs: 5.4, bytes: 123 };
const about = 'method=GET path="/a?b" host=shop.example request_id=an-id fwd="10.1.2.3, 127.0.0.1"';

test.each([
  [{ dyno }, `at=info ${about} dyno=web.1 connect=0ms service=5ms status=200 bytes=123 protocol=http`],
  [
    { result: 'H14' },
    `at=error code=H14 desc="No web dynos running" ${about} dyno= connect= service= status=503 bytes= protocol=http`,
  ],
  [
    { result: 'H18', dyno },
    `sock=backend at=error code=H18 desc="Server Request Interrupted" ${about} dyno=web.1 connect=0ms service=5ms status=503 bytes=123 protocol=http`,
  ],
  [
    { result: 'H27', dyno },
    `sock=client at=warning code=H27 desc="Client Request Interrupted" ${about} dyno=web.1 connect=0ms service=5ms status=499 bytes=123 protocol=http`,
  ],
] as const)('a request with %j is logged as on Heroku', (part, line) => {
  expect(formatRouterLine({ ...request, ...part })).toBe(line);
});
