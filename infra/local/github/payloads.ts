// Bodies of webhook deliveries, with every field that GitHub's own have.
import { actorOf, minimalRepository, organization, seconds, workflowJob } from './shapes.ts';
import type { Job, Repository } from './world.ts';

const links = {
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
};

const features = {
  homepage: null,
  size: 1,
  stargazers_count: 0,
  watchers_count: 0,
  language: null,
  has_issues: true,
  has_projects: true,
  has_downloads: true,
  has_wiki: true,
  has_pages: false,
  has_discussions: false,
  forks_count: 0,
  mirror_url: null,
  archived: false,
  disabled: false,
  open_issues_count: 0,
  license: null,
  allow_forking: true,
  is_template: false,
  web_commit_signoff_required: false,
  topics: [],
  forks: 0,
  open_issues: 0,
  watchers: 0,
  default_branch: 'main',
  custom_properties: {},
};

function fullRepository(url: string, repository: Repository, now: number) {
  const api = `${url}/repos/${repository.fullName}`;
  const html = `${url}/${repository.fullName}`;
  return {
    ...minimalRepository(url, repository),
    ...Object.fromEntries(Object.entries(links).map(([key, path]) => [key, api + path])),
    created_at: seconds(0),
    updated_at: seconds(now),
    pushed_at: seconds(now),
    git_url: `git:${html.replace(/^https?:/, '')}.git`,
    ssh_url: `git@github.com:${repository.fullName}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    ...features,
    visibility: repository.private ? 'private' : 'public',
  };
}

/** The body of a `workflow_job` delivery. */
export function workflowJobPayload(url: string, action: string, job: Job, installation: number) {
  const { repository } = job.run;
  return {
    action,
    workflow_job: workflowJob(url, job),
    repository: fullRepository(url, repository, Date.now()),
    organization: organization(url, repository.owner),
    sender: actorOf(url, job.run),
    installation: {
      id: installation,
      node_id: Buffer.from(`023:IntegrationInstallation${installation}`).toString('base64'),
    },
  };
}
