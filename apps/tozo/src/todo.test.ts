import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestTitle, parseNewTodo, parseTodoChange, parseTodoId } from './todo.ts';

describe('a new todo', () => {
  it.each([
    ['nothing', undefined, { path: '', message: 'must be a JSON object' }],
    ['a list', [], { path: '', message: 'must be a JSON object' }],
    ['null', null, { path: '', message: 'must be a JSON object' }],
    ['no title', {}, { path: 'title', message: 'must be a text' }],
    ['a number for a title', { title: 7 }, { path: 'title', message: 'must be a text' }],
    ['an empty title', { title: '' }, { path: 'title', message: 'must not be empty' }],
    ['white space for a title', { title: ' \n\t\u3000' }, { path: 'title', message: 'must not be empty' }],
    ['a long title', { title: 'x'.repeat(201) }, { path: 'title', message: 'must have at most 200 characters' }],
    ['two lines', { title: 'a\nb' }, { path: 'title', message: 'must be one line of text without control characters' }],
    ['a NUL', { title: 'a\0b' }, { path: 'title', message: 'must be one line of text without control characters' }],
    [
      'half a pair',
      { title: 'a\ud800' },
      { path: 'title', message: 'must be one line of text without control characters' },
    ],
  ])('is refused for %s', (_name, input, fault) => {
    expect(parseNewTodo(input)).toEqual({ ok: false, faults: [fault] });
  });

  it('is told all its faults at once', () => {
    expect(parseNewTodo({ titel: 'Buy milk', id: 4 })).toEqual({
      ok: false,
      faults: [
        { path: 'titel', message: 'is not a field; there are: title' },
        { path: 'id', message: 'is not a field; there are: title' },
        { path: 'title', message: 'must be a text' },
      ],
    });
  });

  it('counts characters, not UTF-16 units', () => {
    expect(parseNewTodo({ title: '🦊'.repeat(200) }).ok).toBe(true);
    expect(parseNewTodo({ title: '🦊'.repeat(201) }).ok).toBe(false);
  });

  it('keeps a title that it takes, but for the white space around it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 210 }), (title) => {
        const parsed = parseNewTodo({ title });
        if (!parsed.ok) return;
        expect(parsed.value.title).toBe(title.trim());
        expect(Array.from(parsed.value.title).length).toBeLessThanOrEqual(longestTitle);
        expect(parseNewTodo(parsed.value)).toEqual(parsed);
        expect(Buffer.from(parsed.value.title).toString()).toBe(parsed.value.title);
      }),
    );
  });
});

describe('a change', () => {
  it('is refused when it changes nothing, or by another type', () => {
    expect(parseTodoChange({})).toEqual({ ok: false, faults: [{ path: '', message: 'must have "title" or "done"' }] });
    expect(parseTodoChange({ done: 'yes', title: '' })).toEqual({
      ok: false,
      faults: [
        { path: 'title', message: 'must not be empty' },
        { path: 'done', message: 'must be true or false' },
      ],
    });
    expect(parseTodoChange({ done: null })).toMatchObject({ ok: false, faults: [{ path: 'done' }] });
  });

  it('holds only what was named', () => {
    expect(parseTodoChange({ done: false })).toEqual({ ok: true, value: { done: false } });
    expect(parseTodoChange({ title: ' Buy milk ' })).toEqual({ ok: true, value: { title: 'Buy milk' } });
  });
});

describe('an id', () => {
  it.each(['', '0', '-1', '01', '1.0', '1e3', '0x1', ' 1', '१', '2147483648', '9'.repeat(400)])('is not %j', (text) => {
    expect(parseTodoId(text)).toBeUndefined();
  });

  it('is a number from 1 to 2147483647', () => {
    expect(['1', '42', '2147483647'].map(parseTodoId)).toEqual([1, 42, 2147483647]);
  });
});
