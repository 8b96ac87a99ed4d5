import { StoreError, type TodoStore } from '../store.ts';
import { json } from './response.ts';
import type { Routes } from './router.ts';

/** `GET /health`: 200 if the list can be read, else 503. The reason goes to the log, not to the visitor. */
export function healthRoutes(store: TodoStore, log: (line: string) => void): Routes {
  return {
    'GET /health': async () => {
      try {
        await store.check();
        return json(200, { status: 'ok', store: store.kind });
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        log(`unhealthy: ${error.message}`);
        return json(503, { status: 'unavailable', store: store.kind });
      }
    },
  };
}
