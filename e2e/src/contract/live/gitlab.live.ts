import { gitlabContract } from '../gitlab-contract.ts';
import { liveGitlab } from '../live-services.ts';

gitlabContract('GitLab itself', async () => liveGitlab());
