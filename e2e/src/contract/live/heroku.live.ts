import { herokuContract } from '../heroku-contract.ts';
import { liveHeroku } from '../live-services.ts';

herokuContract('Heroku itself', async () => liveHeroku());
