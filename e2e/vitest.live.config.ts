import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

/** The contracts, run against live services: `npm run prove contract NAME`. */
export default mergeConfig(shared, { test: { include: ['src/contract/live/*.live.ts'] } });
