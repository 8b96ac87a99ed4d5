import { herokuRegistryContract } from '../heroku-registry-contract.ts';
import { liveHeroku } from '../live-services.ts';

herokuRegistryContract('Heroku itself', async () => liveHeroku());
