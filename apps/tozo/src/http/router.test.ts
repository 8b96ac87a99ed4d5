import { describe, expect, it } from 'vitest';
import { HttpError } from './response.ts';
import { route, type Routes } from './router.ts';

const handler = () => ({ status: 200, headers: {}, body: '' });
const routes: Routes = {
  'GET /': handler,
  'POST /todos': handler,
  'PATCH /todos/:id': handler,
  'GET /todos/:id/log': handler,
};

describe('route', () => {
  const unknownPaths = ['', '/todo', '/todos/', '/todos/1/', '/todos/1/2', '/todos//log', '/todos/1/2/log'];
  it.each(unknownPaths)('throws 404 for an unknown path: %j', (path) => {
    expect(() => route(routes, 'GET', path)).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('throws 405 with the allowed methods', () => {
    expect(() => route(routes, 'PUT', '/')).toThrow(HttpError);
    expect(() => route(routes, 'PUT', '/')).toThrow(expect.objectContaining({ headers: { allow: 'GET, HEAD' } }));
  });

  it('finds a handler and its parameter, and treats HEAD as GET', () => {
    expect(route(routes, 'HEAD', '/')).toEqual({ handler, parameter: '' });
    expect(route(routes, 'PATCH', '/todos/17')).toEqual({ handler, parameter: '17' });
    expect(route(routes, 'GET', '/todos/17/log')).toEqual({ handler, parameter: '17' });
  });
});
