import { describe, expect, it } from 'vitest';
import { Refusal } from './answer.ts';
import { route, type Routes } from './router.ts';

const handler = () => ({ status: 200, headers: {}, body: '' });
const routes: Routes = {
  'GET /': handler,
  'POST /todos': handler,
  'PATCH /todos/:id': handler,
  'GET /todos/:id/log': handler,
};

describe('a route', () => {
  const nowhere = ['', '/todo', '/todos/', '/todos/1/', '/todos/1/2', '/todos//log', '/todos/1/2/log'];
  it.each(nowhere)('is refused when no path matches: %j', (path) => {
    expect(() => route(routes, 'GET', path)).toThrow(expect.objectContaining({ status: 404 }));
  });

  it('is refused with what is allowed when only the method is another', () => {
    expect(() => route(routes, 'PUT', '/')).toThrow(Refusal);
    expect(() => route(routes, 'PUT', '/')).toThrow(expect.objectContaining({ headers: { allow: 'GET, HEAD' } }));
  });

  it('is found with its parameter; HEAD is GET', () => {
    expect(route(routes, 'HEAD', '/')).toEqual({ handler, parameter: '' });
    expect(route(routes, 'PATCH', '/todos/17')).toEqual({ handler, parameter: '17' });
    expect(route(routes, 'GET', '/todos/17/log')).toEqual({ handler, parameter: '17' });
  });
});
