import { type ApiRoute, appOf, type Call, replyWithList } from '../api/call.ts';
import { notFoundError } from '../errors.ts';
import { uuidOf } from '../state/model.ts';

/** Who has access to an app: its owner. */
export const collaboratorRoutes: readonly ApiRoute[] = [
  {
    method: 'GET',
    pattern: '/apps/:app/collaborators',
    handle: (call) => replyWithList(call, [serializeOwner(call)], ['email', 'id']),
  },
  {
    method: 'GET',
    pattern: '/apps/:app/collaborators/:collaborator',
    handle: (call) => {
      const owner = serializeOwner(call);
      const identities = [owner.id, owner.user.id, owner.user.email];
      if (!identities.includes(call.parameters['collaborator'] ?? '')) throw notFoundError('collaborator');
      return { status: 200, body: owner };
    },
  },
];

function serializeOwner(call: Call) {
  const { record } = appOf(call);
  const { id, email } = call.platform.account;
  return {
    id: uuidOf(`collaborator ${record.id} ${id}`),
    app: { id: record.id, name: record.name },
    created_at: record.createdAt,
    permissions: ['deploy', 'manage', 'operate', 'view'].map((name) => ({ name, description: name })),
    role: 'owner',
    updated_at: record.createdAt,
    user: { email, federated: false, id },
  };
}
