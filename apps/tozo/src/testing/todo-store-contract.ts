import { describe, expect, it } from 'vitest';
import type { TodoStore } from '../store.ts';
import { maxTodos, maxTitleLength } from '../todo.ts';

/** The contract of all stores. `open` returns an empty one, and the suite closes it. */
export function describeTodoStore(name: string, open: () => Promise<TodoStore>): void {
  const withStore = (test: (store: TodoStore) => Promise<void>) => async () => {
    const store = await open();
    try {
      await test(store);
    } finally {
      await store.close();
    }
  };

  describe(`the ${name} store`, () => {
    it(
      'changes and removes nothing for an unknown ID',
      withStore(async (store) => {
        expect(await store.update(1, { done: true })).toBeUndefined();
        expect(await store.remove(1)).toBe(false);
        expect(await store.update(2 ** 31 - 1, { title: 'none' })).toBeUndefined();
        expect(await store.list()).toEqual([]);
      }),
    );

    it(
      `contains up to ${maxTodos} todos`,
      withStore(async (store) => {
        for (let count = 0; count < maxTodos; count++) await store.add({ title: `todo ${count}` });
        expect(await store.add({ title: 'one too many' })).toBeUndefined();
        expect(await store.list()).toHaveLength(maxTodos);
        expect(await store.remove(7)).toBe(true);
        expect(await store.add({ title: 'fits again' })).toMatchObject({ title: 'fits again' });
      }),
    );

    it(
      'lists todos oldest first',
      withStore(async (store) => {
        const before = Date.now();
        const milk = await store.add({ title: 'Buy milk' });
        const bread = await store.add({ title: 'Bake bread' });
        expect(milk).toEqual({ id: 1, title: 'Buy milk', done: false, createdAt: expect.any(Date) });
        expect(Math.abs(Number(milk?.createdAt) - before)).toBeLessThan(60_000);
        expect(await store.list()).toEqual([milk, bread]);
      }),
    );

    it(
      'changes only the given field, and keeps the order',
      withStore(async (store) => {
        const milk = await store.add({ title: 'Buy milk' });
        const bread = await store.add({ title: 'Bake bread' });
        const done = await store.update(1, { done: true });
        expect(done).toEqual({ ...milk, done: true });
        const renamed = await store.update(1, { title: 'Buy oat milk' });
        expect(renamed).toEqual({ ...milk, done: true, title: 'Buy oat milk' });
        const reopened = await store.update(1, { done: false });
        expect(await store.list()).toEqual([reopened, bread]);
      }),
    );

    it(
      'never reuses an ID',
      withStore(async (store) => {
        await store.add({ title: 'first' });
        expect(await store.remove(1)).toBe(true);
        expect(await store.remove(1)).toBe(false);
        expect(await store.add({ title: 'second' })).toMatchObject({ id: 2 });
      }),
    );

    it(
      'keeps every character of a title',
      withStore(async (store) => {
        const titles = [`'; drop table todos; --`, '<b>"&\\', 'ä\u0308 Ж 漢 👩‍👩‍👧 \u202e', '🦊'.repeat(maxTitleLength)];
        for (const title of titles) await store.add({ title });
        expect((await store.list()).map((todo) => todo.title)).toEqual(titles);
      }),
    );

    it(
      'resolves check()',
      withStore(async (store) => {
        await expect(store.check()).resolves.toBeUndefined();
      }),
    );
  });
}
