import { gitlabContract } from '../gitlab-contract.ts';
import { gitlabWireContract } from '../gitlab-wire-contract.ts';
import { liveGitlab } from '../live-services.ts';

gitlabContract('GitLab itself', async () => liveGitlab());
gitlabWireContract('GitLab itself', async () => liveGitlab());
