/** The endpoints of GitLab's API that don't belong to one project, written as `projectEndpoints`. */
export const otherEndpoints = `admin: /ci/variables GET POST, /ci/variables/* DELETE GET PUT, /clusters GET, /clusters/* DELETE GET PUT, /clusters/add POST
admin: /search/migrations GET, /search/migrations/* GET, /sidekiq/queues/* GET
application: /appearance GET PUT, /plan_limits GET PUT, /settings GET PUT, /statistics GET
applications: GET POST, /* DELETE
audit_events: GET, /* GET
avatar: GET
broadcast_messages: GET POST, /* DELETE GET PUT
bulk_imports: GET POST, /*/entities GET
ci: /lint POST
dependency_list_exports: /* GET, /*/download GET
deploy_keys: GET
deploy_tokens: GET
events: GET
features: GET, /* POST
geo_nodes: GET POST, /* DELETE GET PUT, /*/repair POST, /*/status GET, /current/failures GET, /status GET, /statuses GET
group_repository_storage_moves: GET POST, /* GET
groups: GET POST, /* DELETE GET PUT, /import POST
groups/*/-: /packages/composer/p/* GET, /packages/composer/p2/* GET, /packages/composer/packages GET, /packages/debian POST
groups/*/-: /packages/npm/** GET, /packages/nuget GET, /search GET
groups/*/access_requests: GET POST, /* DELETE, /*/approve PUT
groups/*/access_tokens: GET POST, /* DELETE GET, /*/rotate POST
groups/*/audit_events: GET, /* GET
groups/*/avatar: GET PUT
groups/*/badges: GET POST, /* DELETE GET PUT, /render GET
groups/*/billable_members: GET, /* DELETE, /*/memberships GET
groups/*/boards: GET POST, /* DELETE GET PUT, /*/lists GET POST, /*/lists/* DELETE GET PUT
groups/*/clusters: GET, /* DELETE GET PUT, /user POST
groups/*/custom_attributes: GET, /* DELETE GET PUT
groups/*/deploy_tokens: GET POST, /* DELETE GET
groups/*/descendant_groups: GET
groups/*/dora: /metrics GET
groups/*/epic_boards: GET, /* GET, /*/lists GET, /*/lists/* GET
groups/*/epics: GET POST, /* DELETE GET PUT, /*/discussions GET POST, /*/discussions/* GET, /*/discussions/*/notes POST
groups/*/epics: /*/discussions/*/notes/* DELETE PUT, /*/epics GET, /*/issues GET, /*/issues/* DELETE POST PUT
groups/*/epics: /*/links GET POST, /*/links/* DELETE POST PUT, /*/notes GET POST, /*/notes/* DELETE GET PUT
groups/*/epics: /*/related_epics GET POST, /*/related_epics/* DELETE, /*/resource_label_events GET
groups/*/epics: /*/resource_label_events/* GET, /*/todos POST
groups/*/export: POST, /download GET
groups/*/export_relations: GET POST, /download GET
groups/*/hooks: GET POST, /* DELETE GET PUT, /*/custom_headers/* DELETE PUT, /*/test/* POST
groups/*/invitations: GET POST
groups/*/issues: GET
groups/*/issues_statistics: GET
groups/*/iterations: GET
groups/*/labels: DELETE GET POST PUT, /* DELETE GET PUT, /*/subscribe POST, /*/unsubscribe POST
groups/*/ldap_group_links: DELETE GET POST, /* DELETE, /*/* DELETE
groups/*/ldap_sync: POST
groups/*/member_roles: GET POST, /* DELETE
groups/*/members: GET POST, /* DELETE GET PUT, /all GET, /all/* GET
groups/*/merge_requests: GET
groups/*/milestones: GET POST, /* DELETE GET PUT, /*/burndown_events GET, /*/issues GET, /*/merge_requests GET
groups/*/notification_settings: GET PUT
groups/*/packages: GET, /pypi/files/*/* GET, /pypi/simple/* GET
groups/*/projects: GET, /* POST, /shared GET
groups/*/protected_environments: GET POST, /* DELETE GET PUT
groups/*/provisioned_users: GET
groups/*/push_rule: DELETE GET POST PUT
groups/*/registry: /repositories GET
groups/*/releases: GET
groups/*/repository_storage_moves: GET POST, /* GET
groups/*/restore: POST
groups/*/runners: GET, /reset_registration_token POST
groups/*/saml: /* PATCH, /identities GET
groups/*/saml_group_links: GET POST, /* DELETE GET
groups/*/scim: /* PATCH, /identities GET
groups/*/service_accounts: GET POST, /* DELETE POST, /*/personal_access_tokens POST, /*/personal_access_tokens/*/rotate POST
groups/*/share: POST, /* DELETE
groups/*/ssh_certificates: GET POST, /* DELETE
groups/*/subgroups: GET
groups/*/transfer: POST
groups/*/transfer_locations: GET
groups/*/variables: GET POST, /* DELETE GET PUT
groups/*/wikis: GET POST, /* DELETE GET PUT
hooks: GET POST, /* DELETE GET
import: /bitbucket POST, /bitbucket_server POST, /github POST, /github/cancel POST, /github/gists POST
issues: GET, /* GET
issues_statistics: GET
job: GET, /allowed_agents GET
jobs: /* PUT, /*/artifacts GET POST, /*/trace PATCH, /request POST
keys: GET, /* GET
license: GET POST, /* DELETE
markdown: POST
merge_requests: GET, /*/status_checks GET
metadata: GET
namespaces: GET, /* GET, /*/exists GET
notification_settings: GET PUT
packages: /maven/*/* GET, /npm/** GET
pages: /domains GET
personal_access_tokens: GET, /* DELETE GET, /*/rotate POST, /self DELETE GET, /self/associations GET, /self/rotate POST
pipelines: /*/dependency_list_exports POST
project_repository_storage_moves: GET POST, /* GET
projects: GET POST, /* DELETE GET PUT, /import POST
registry: /repositories/* GET
runners: DELETE GET POST, /* DELETE GET PUT, /*/jobs GET, /*/reset_authentication_token POST, /*/reset_registration_token POST
runners: /all GET, /reset_registration_token POST, /verify POST
search: GET
service_accounts: GET POST
sidekiq: /compound_metrics GET, /job_stats GET, /process_metrics GET, /queue_metrics GET
snippet_repository_storage_moves: GET POST, /* GET
snippets: GET POST, /* DELETE GET PUT, /*/files/*/*/raw GET, /*/raw GET, /*/repository_storage_moves GET POST
snippets: /*/repository_storage_moves/* GET, /all GET, /public GET
templates: /dockerfiles GET, /dockerfiles/* GET, /gitignores GET, /gitignores/* GET, /gitlab_ci_ymls GET
templates: /gitlab_ci_ymls/* GET, /licenses GET, /licenses/* GET
todos: GET, /*/mark_as_done POST, /mark_as_done POST
topics: GET POST, /* DELETE GET PUT
user: GET, /activities GET, /avatar PUT, /emails GET POST, /emails/* DELETE GET, /gpg_keys GET POST, /gpg_keys/* DELETE GET
user: /keys GET POST, /keys/* DELETE GET, /personal_access_tokens POST, /preferences GET PUT, /runners POST, /status GET PUT
users: GET POST, /* DELETE GET PUT, /*/activate POST, /*/approve POST, /*/associations_count GET, /*/ban POST, /*/block POST
users: /*/contributed_projects GET, /*/custom_attributes GET, /*/custom_attributes/* DELETE GET PUT, /*/deactivate POST
users: /*/disable_two_factor PATCH, /*/emails GET POST, /*/emails/* DELETE, /*/events GET, /*/follow POST, /*/followers GET
users: /*/following GET, /*/gpg_keys GET POST, /*/gpg_keys/* DELETE GET, /*/identities/* DELETE
users: /*/impersonation_tokens GET POST, /*/impersonation_tokens/* DELETE GET, /*/keys GET POST, /*/keys/* DELETE GET
users: /*/memberships GET, /*/personal_access_tokens POST, /*/project_deploy_keys GET, /*/projects GET, /*/reject POST
users: /*/starred_projects GET, /*/status GET, /*/unban POST, /*/unblock POST, /*/unfollow POST
version: GET
web_commits: /public_key GET`;
