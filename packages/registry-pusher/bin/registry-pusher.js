#!/usr/bin/env node
import { run } from '@tozo/registry-pusher/main';
await run(process.argv.slice(2));
