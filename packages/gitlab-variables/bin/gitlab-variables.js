#!/usr/bin/env node
import { run } from '@tozo/gitlab-variables/main';
await run(process.argv.slice(2));
