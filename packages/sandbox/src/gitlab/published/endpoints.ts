import { PublishedEndpoints } from '../../http/published-endpoints.ts';
import { otherEndpoints } from './other-endpoints.ts';
import { projectEndpoints } from './project-endpoints.ts';

/** What GitLab's API has, which the sandbox may lack. */
export const gitlabEndpoints: PublishedEndpoints = new PublishedEndpoints(() => [
  '/api/graphql POST',
  ...endpointsOf(projectEndpoints, '/api/v4/projects/*/'),
  ...endpointsOf(otherEndpoints, '/api/v4/'),
]);

/** Returns a line per path from lines of a resource and the paths below it. */
function endpointsOf(text: string, base: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [resource = '', paths = ''] = line.split(': ');
    return paths.split(', ').map((path) => `${base}${resource}${path.startsWith('/') ? '' : ' '}${path}`);
  });
}
