import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxTitleLength, parseNewTodo, parseTodoChange, parseTodoId } from './todo.ts';

describe('parseNewTodo', () => {
  it.each([
    ['nothing', undefined, { path: '', message: 'must be a JSON object' }],
    ['a list', [], { path: '', message: 'must be a JSON object' }],
    ['null', null, { path: '', message: 'must be a JSON object' }],
    ['no title', {}, { path: 'title', message: 'must be a string' }],
    ['a number as a title', { title: 7 }, { path: 'title', message: 'must be a string' }],
    ['an empty title', { title: '' }, { path: 'title', message: 'must not be empty' }],
    ['whitespace as a title', { title: ' \n\t\u3000' }, { path: 'title', message: 'must not be empty' }],
    ['a long title', { title: 'x'.repeat(201) }, { path: 'title', message: 'must have at most 200 characters' }],
    ['two lines', { title: 'a\nb' }, { path: 'title', message: 'must be one line of text without control characters' }],
    ['a NUL', { title: 'a\0b' }, { path: 'title', message: 'must be one line of text without control characters' }],
    [
      'a lone surrogate',
      { title: 'a\ud800' },
      { path: 'title', message: 'must be one line of text without control characters' },
    ],
  ])('rejects %s', (_name, input, problem) => {
    expect(parseNewTodo(input)).toEqual({ ok: false, problems: [problem] });
  });

  it('reports all problems at once', () => {
    expect(parseNewTodo({ titel: 'Buy milk', id: 4 })).toEqual({
      ok: false,
      problems: [
        { path: 'titel', message: 'is an unknown field: use title' },
        { path: 'id', message: 'is an unknown field: use title' },
        { path: 'title', message: 'must be a string' },
      ],
    });
  });

  it('counts characters, not UTF-16 units', () => {
    expect(parseNewTodo({ title: '🦊'.repeat(200) }).ok).toBe(true);
    expect(parseNewTodo({ title: '🦊'.repeat(201) }).ok).toBe(false);
  });

  it('only trims a valid title', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 210 }), (title) => {
        const parsed = parseNewTodo({ title });
        if (!parsed.ok) return;
        expect(parsed.value.title).toBe(title.trim());
        expect(Array.from(parsed.value.title).length).toBeLessThanOrEqual(maxTitleLength);
        expect(parseNewTodo(parsed.value)).toEqual(parsed);
        expect(Buffer.from(parsed.value.title).toString()).toBe(parsed.value.title);
      }),
    );
  });
});

describe('parseTodoChange', () => {
  it('rejects an empty change and other types', () => {
    expect(parseTodoChange({})).toEqual({
      ok: false,
      problems: [{ path: '', message: 'must have "title" or "done"' }],
    });
    expect(parseTodoChange({ done: 'yes', title: '' })).toEqual({
      ok: false,
      problems: [
        { path: 'title', message: 'must not be empty' },
        { path: 'done', message: 'must be true or false' },
      ],
    });
    expect(parseTodoChange({ done: null })).toMatchObject({ ok: false, problems: [{ path: 'done' }] });
  });

  it('contains only the given fields', () => {
    expect(parseTodoChange({ done: false })).toEqual({ ok: true, value: { done: false } });
    expect(parseTodoChange({ title: ' Buy milk ' })).toEqual({ ok: true, value: { title: 'Buy milk' } });
  });
});

describe('parseTodoId', () => {
  it.each(['', '0', '-1', '01', '1.0', '1e3', '0x1', ' 1', '१', '2147483648', '9'.repeat(400)])(
    'rejects %j',
    (text) => {
      expect(parseTodoId(text)).toBeUndefined();
    },
  );

  it('accepts a number from 1 to 2147483647', () => {
    expect(['1', '42', '2147483647'].map(parseTodoId)).toEqual([1, 42, 2147483647]);
  });
});
