import { createMemoryStore } from './memory-store.ts';
import { describeTodoStore } from './testing/todo-store-contract.ts';

describeTodoStore('memory', async () => createMemoryStore());
