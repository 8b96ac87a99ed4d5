/** Takes over three repositories with tozo init: a tutorial's, of heroku.yml, of a Procfile; runs their pipelines. Five minutes. */
import { runRealSuite } from '../real-suite.ts';

process.exitCode = runRealSuite('take-over', { TAKE_OVER: 'yes' });
