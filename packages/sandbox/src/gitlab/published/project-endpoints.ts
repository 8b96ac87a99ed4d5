/**
 * The endpoints of GitLab's API below `/projects/:id/`: a resource, then the paths below it with their methods. A parameter is `*`;
 * `**` spans slashes.
 * @see https://docs.gitlab.com/api/api_resources/
 */
export const projectEndpoints = `-: /search GET
access_requests: GET POST, /* DELETE, /*/approve PUT
access_tokens: GET POST, /* DELETE GET, /*/rotate POST
alert_management_alerts: /*/metric_images GET POST, /*/metric_images/* DELETE PUT
approval_rules: GET POST, /* DELETE GET PUT
approvals: GET POST
approvers: PUT
archive: POST
artifacts: DELETE
audit_events: GET, /* GET
badges: GET POST, /* DELETE GET PUT, /render GET
boards: GET POST, /* DELETE GET PUT, /*/lists GET POST, /*/lists/* DELETE GET PUT
catalog: /publish POST
ci: /lint GET POST
cluster_agents: GET POST, /* DELETE GET, /*/tokens GET POST, /*/tokens/* DELETE GET
clusters: GET, /* DELETE GET PUT, /user POST
custom_attributes: GET, /* DELETE GET PUT
deploy_keys: GET POST, /* DELETE GET PUT, /*/enable POST
deploy_tokens: GET POST, /* DELETE GET
deployments: GET POST, /* DELETE GET PUT, /*/approval POST, /*/merge_requests GET
dora: /metrics GET
environments: GET POST, /* DELETE GET PUT, /*/stop POST, /review_apps DELETE, /stop_stale POST
error_tracking: /client_keys DELETE GET POST, /client_keys/* DELETE, /settings GET PATCH PUT
events: GET
export: GET POST, /download GET
export_relations: POST, /download GET, /status GET
external_status_checks: GET POST, /* DELETE PUT
feature_flags: GET POST, /* DELETE GET PUT
feature_flags_user_lists: GET POST, /* DELETE GET PUT
fork: DELETE POST, /* POST
forks: GET
freeze_periods: GET POST, /* DELETE GET PUT
groups: GET
hooks: GET POST, /* DELETE GET PUT, /*/custom_headers/* DELETE PUT, /*/test/* POST
housekeeping: POST
import: GET
import_project_members: /* POST
integrations: GET, /* DELETE GET PUT
invitations: GET POST
invited_groups: GET
issues: GET POST, /* DELETE GET PUT, /*/add_spent_time POST, /*/clone POST, /*/closed_by GET, /*/discussions GET POST
issues: /*/discussions/* GET, /*/discussions/*/notes POST, /*/discussions/*/notes/* DELETE PUT, /*/links GET POST
issues: /*/links/* DELETE GET, /*/metric_images GET POST, /*/metric_images/* DELETE PUT, /*/move POST, /*/notes GET POST
issues: /*/notes/* DELETE GET PUT, /*/participants GET, /*/related_merge_requests GET, /*/reorder PUT
issues: /*/reset_spent_time POST, /*/reset_time_estimate POST, /*/resource_iteration_events GET
issues: /*/resource_iteration_events/* GET, /*/resource_label_events GET, /*/resource_label_events/* GET
issues: /*/resource_milestone_events GET, /*/resource_milestone_events/* GET, /*/resource_state_events GET
issues: /*/resource_state_events/* GET, /*/resource_weight_events GET, /*/subscribe POST, /*/time_estimate POST
issues: /*/time_stats GET, /*/todo POST, /*/unsubscribe POST, /*/user_agent_details GET
issues_statistics: GET
iterations: GET
job_token_scope: GET PATCH, /allowlist GET POST, /allowlist/* DELETE, /groups_allowlist GET POST, /groups_allowlist/* DELETE
jobs: GET, /* GET, /*/artifacts DELETE GET, /*/artifacts/** GET, /*/artifacts/keep POST, /*/cancel POST, /*/erase POST
jobs: /*/play POST, /*/retry POST, /*/trace GET, /artifacts/* GET, /artifacts/*/download GET, /artifacts/*/raw/** GET
labels: DELETE GET POST PUT, /* DELETE GET PUT, /*/promote PUT, /*/subscribe POST, /*/unsubscribe POST
languages: GET
managed_licenses: GET POST, /* DELETE GET PATCH
members: GET POST, /* DELETE GET PUT, /all GET, /all/* GET
merge_requests: GET POST, /* DELETE GET PUT, /*/add_spent_time POST, /*/approval_rules GET POST
merge_requests: /*/approval_rules/* DELETE PUT, /*/approval_state GET, /*/approvals GET POST, /*/approve POST
merge_requests: /*/approvers PUT, /*/cancel_merge_when_pipeline_succeeds POST, /*/changes GET, /*/closes_issues GET
merge_requests: /*/commits GET, /*/context_commits DELETE GET, /*/diffs GET, /*/discussions GET POST, /*/discussions/* GET PUT
merge_requests: /*/discussions/*/notes POST, /*/discussions/*/notes/* DELETE PUT, /*/draft_notes GET POST
merge_requests: /*/draft_notes/* DELETE GET POST PUT, /*/draft_notes/*/publish PUT, /*/draft_notes/bulk_publish POST
merge_requests: /*/merge PUT, /*/merge_ref PUT, /*/notes GET POST, /*/notes/* DELETE GET PUT, /*/participants GET
merge_requests: /*/pipelines GET POST, /*/rebase PUT, /*/related_issues GET, /*/reset_approvals PUT, /*/reset_spent_time POST
merge_requests: /*/reset_time_estimate POST, /*/resource_label_events GET, /*/resource_label_events/* GET
merge_requests: /*/resource_milestone_events GET, /*/resource_milestone_events/* GET, /*/resource_state_events GET
merge_requests: /*/resource_state_events/* GET, /*/reviewers GET, /*/status_check_responses POST, /*/status_checks GET
merge_requests: /*/status_checks/*/retry POST, /*/subscribe POST, /*/time_estimate POST, /*/time_stats GET, /*/todo POST
merge_requests: /*/unapprove POST, /*/unsubscribe POST, /*/versions GET, /*/versions/* GET
merge_trains: GET, /* GET, /merge_requests/* GET POST
metrics: /user_starred_dashboards DELETE GET
milestones: GET POST, /* DELETE GET PUT, /*/issues GET, /*/merge_requests GET
mirror: /pull GET POST
notification_settings: GET PUT
packages: GET, /* DELETE GET, /*/package_files GET, /*/package_files/* DELETE, /composer POST, /composer/archives/* GET
packages: /conan/v1 GET, /debian POST, /debian/* PUT, /debian/pool/*/*/*/*/* GET, /generic/*/*/** GET PUT, /go/*/@v/list GET
packages: /helm/*/index.yaml GET, /helm/api/*/charts POST, /maven/*/* PUT, /npm GET, /npm/* PUT, /npm/** GET PUT
packages: /npm/*/-/* GET, /nuget GET PUT, /nuget/download/*/*/* GET, /nuget/download/*/index GET, /nuget/symbolpackage PUT
packages: /pypi PUT, /pypi/files/*/* GET, /pypi/simple/* GET, /rubygems/api/v1/dependencies GET, /rubygems/gems/* GET
pages: DELETE GET PATCH, /domains GET POST, /domains/* DELETE GET PUT
pipeline: POST
pipeline_schedules: GET POST, /* DELETE GET PUT, /*/pipelines GET, /*/play POST, /*/take_ownership POST, /*/variables GET POST
pipeline_schedules: /*/variables/* DELETE PUT
pipelines: GET, /* DELETE GET, /*/bridges GET, /*/cancel POST, /*/jobs GET, /*/metadata PUT, /*/retry POST, /*/test_report GET
pipelines: /*/test_report_summary GET, /*/variables GET, /latest GET
product_analytics: /funnels GET, /request/dry-run POST, /request/load POST, /request/meta GET
protected_branches: GET POST, /* DELETE GET PATCH
protected_environments: GET POST, /* DELETE GET PUT
protected_tags: GET POST, /* DELETE GET
push_rule: DELETE GET POST PUT
registry: /repositories GET, /repositories/* DELETE, /repositories/*/tags DELETE GET, /repositories/*/tags/* DELETE GET
releases: GET POST, /* DELETE GET PUT, /*/assets/links GET POST, /*/assets/links/* DELETE GET PUT, /*/downloads/* GET
releases: /*/evidence POST, /permalink/latest GET, /permalink/latest/downloads/* GET, /permalink/latest/evidence GET
remote_mirrors: GET POST, /* DELETE GET POST PUT, /*/sync POST
repository: /archive GET, /archive.* GET, /blobs/* GET, /blobs/*/raw GET, /branches GET POST, /branches/* DELETE GET
repository: /branches/*/protect PUT, /branches/*/unprotect PUT, /changelog GET POST, /commits GET POST, /commits/* GET
repository: /commits/*/cherry_pick POST, /commits/*/comments GET POST, /commits/*/diff GET, /commits/*/discussions GET POST
repository: /commits/*/discussions/* GET, /commits/*/discussions/*/notes POST, /commits/*/discussions/*/notes/* DELETE PUT
repository: /commits/*/merge_requests GET, /commits/*/refs GET, /commits/*/revert POST, /commits/*/sequence GET
repository: /commits/*/signature GET, /commits/*/statuses GET, /compare GET, /contributors GET, /files/* DELETE GET POST PUT
repository: /files/*/blame GET, /files/*/raw GET, /merge_base GET, /merged_branches DELETE, /submodules/* PUT, /tags GET POST
repository: /tags/* DELETE GET, /tags/*/release POST PUT, /tags/*/signature GET, /tree GET
repository_storage_moves: GET POST, /* GET
resource_groups: GET, /* GET PUT, /*/current_job GET, /*/upcoming_jobs GET
restore: POST
runners: GET POST, /* DELETE, /reset_registration_token POST
secure_files: GET, /* DELETE GET, /*/download GET
services: GET, /* DELETE GET PUT
share: POST, /* DELETE
share_locations: GET
snapshot: GET
snippets: GET POST, /* DELETE GET PUT, /*/discussions GET POST, /*/discussions/* GET, /*/discussions/*/notes POST
snippets: /*/discussions/*/notes/* DELETE PUT, /*/files/*/*/raw GET, /*/notes GET POST, /*/notes/* DELETE GET PUT, /*/raw GET
snippets: /*/user_agent_detail GET
star: POST
starrers: GET
statistics: GET
statuses: /* POST
storage: GET
templates: /* GET, /*/* GET
terraform: /state/* DELETE GET POST, /state/*/lock DELETE POST, /state/*/versions/* DELETE GET
transfer: PUT
transfer_locations: GET
trigger: /pipeline POST
triggers: GET POST, /* DELETE GET PUT, /*/take_ownership POST
unarchive: POST
unstar: POST
uploads: GET POST, /* DELETE GET, /*/* DELETE GET
users: GET
variables: GET POST, /* DELETE GET PUT
vulnerabilities: GET POST
wikis: GET POST, /* DELETE GET PUT`;
