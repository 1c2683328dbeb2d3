//! Why nothing came of a pull request, and what to do.

use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::critic::Finding;
use owt_core::critic::Review;
use owt_core::critic::Severity;
use owt_engine::use_cases::MergeError;
use owt_engine::use_cases::PullError;
use owt_ports::ForgeError;

use crate::engine_service::landing;
use crate::engine_service::problem;

/// Most findings that a message names.
const FINDINGS: usize = 10;

/// The problem that an error of `ship` is. What goes by no pull request may still land here.
pub(in crate::engine_service) fn of_ship(name: &str, error: &PullError) -> Problem {
    match error {
        PullError::NotReady(error) => landing::error(error),
        PullError::NoRemote(_)
        | PullError::NotHosted { .. }
        | PullError::ByAddress(_)
        | PullError::SeveralAddresses { .. } => {
            let problem = of(error);
            let hint = problem.hint.clone().unwrap_or_default();
            problem.hint(format!("{hint}; owt merge {name} lands it here"))
        }
        other => of(other),
    }
}

/// The problem that an error is.
pub(super) fn of(error: &PullError) -> Problem {
    let message = error.to_string();
    match error {
        PullError::Select(error) => problem::select(error),
        PullError::NotReady(error) => not_ready(error),
        PullError::NotCommitted { name, base, refusal } => landing::refused((name, base), refusal),
        PullError::NoBranch(_) => Problem::new(ErrorCode::Unsupported, message),
        PullError::Denied { name, review } => denied(name, review, &message),
        PullError::Nothing { .. } => Problem::new(ErrorCode::NothingToLand, message)
            .hint("what is not committed goes along with --commit; another branch to come into is named with --base"),
        PullError::Shaped(name) => Problem::new(ErrorCode::FlagConflict, message)
            .hint(format!("leave them out, or land it here: owt merge {name} --squash")),
        PullError::NoRemote(_) => Problem::new(ErrorCode::NoRemote, message)
            .hint("add one: git remote add origin URL; among several, git config remote.pushDefault NAME says which"),
        PullError::ByAddress(branch) => Problem::new(ErrorCode::NoRemote, message).hint(format!(
            "give it a name, and say that the branch goes there: git remote add NAME ADDRESS; git config branch.{branch}.pushRemote NAME"
        )),
        PullError::SeveralAddresses { remote } => Problem::new(ErrorCode::NoRemote, message).hint(format!(
            "see them (git remote get-url --push --all {remote}); name another remote for the branch: git config \
             remote.pushDefault NAME"
        )),
        PullError::SecretInHistory { commit, review, .. } => {
            let what = findings(review);
            Problem::new(ErrorCode::CriticDenied, format!("{message}:{what}")).hint(format!(
                "what a later commit takes out stays readable in the history: make the commits anew without it (git rebase -i {}^), \
                 or say in your own configuration how much a rule weighs ([critic] warn = [\"RULE\"])",
                commit.short()
            ))
        }
        PullError::SecretInWords { review, .. } => {
            let what = findings(review);
            Problem::new(ErrorCode::CriticDenied, format!("{message}:{what}")).hint(
                "it is written from the task and the commits; say it yourself: owt pr create NAME --title TEXT --body TEXT".to_owned(),
            )
        }
        PullError::TooManyCommits { remote, .. } => Problem::new(ErrorCode::Unsupported, message).hint(format!(
            "git fetch {remote} says what it has; what is older than this work, push yourself first: git push {remote} BASE"
        )),
        PullError::Strangers { branch, remote } => Problem::new(ErrorCode::BranchTaken, message).hint(format!(
            "if it is yours, say so: git fetch {remote}; git branch --set-upstream-to={remote}/{branch} {branch}; otherwise delete \
             it there, or give your work another branch: owt new --branch NAME --base {branch}"
        )),
        PullError::NotHosted { remote } => Problem::new(ErrorCode::NoRemote, message).hint(format!(
            "its address is none like https://github.com/OWNER/NAME: git remote get-url {remote}"
        )),
        PullError::NotPushed { remote, branch, .. } => Problem::new(ErrorCode::PushFailed, message).hint(format!(
            "nothing was made at the host; see that git itself can push, then try again: git push --dry-run {remote} {branch}"
        )),
        PullError::Forge(error) => forge(error),
        PullError::OnlyPushed { error, .. } => {
            let problem = forge(error);
            let again = "the same command goes on from here";
            let hint = problem.hint.as_ref().map_or_else(|| again.to_owned(), |hint| format!("{hint}; {again}"));
            Problem { message, ..problem }.hint(hint)
        }
        PullError::NotLinked(_) => {
            Problem::new(ErrorCode::NotFound, message).hint("which workspace goes by which, owt list --json says")
        }
        PullError::NoSuchPull { .. } | PullError::NoRepository(_) => {
            Problem::new(ErrorCode::NotFound, message).hint(
                "if it is there, the login does not see it; which repository is meant, the remotes say (git remote -v; gh repo \
                 set-default)",
            )
        }
    }
}

fn not_ready(error: &MergeError) -> Problem {
    let problem = landing::error(error);
    match error {
        MergeError::Uncommitted { name, .. } => problem.hint(format!(
            "commit it along: owt pr create {name} --commit; or see it first: owt diff {name}"
        )),
        MergeError::NoTarget(_) | MergeError::UnknownTarget(_) | MergeError::OwnBranch(_) => problem.hint(
            "name the branch that it is to come into with --base; it must be there (git branch --list)",
        ),
        _ => problem,
    }
}

fn denied(name: &str, review: &Review, message: &str) -> Problem {
    Problem::new(ErrorCode::CriticDenied, format!("{message}:{}", findings(review))).hint(format!(
        "settle what is denied in the workspace, or say in your own configuration how much a rule weighs ([critic] warn = \
         [\"RULE\"]); owt critic ship {name} looks again"
    ))
}

/// What is denied, each on a line.
fn findings(review: &Review) -> String {
    let heavy = review.findings.iter().filter(|finding| finding.severity == Severity::Deny);
    heavy.take(FINDINGS).map(|finding| format!("\n  {}", line(finding))).collect()
}

fn line(finding: &Finding) -> String {
    let place = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("{path}:{line}: "),
        (Some(path), None) => format!("{path}: "),
        (None, _) => String::new(),
    };
    format!("{place}{} ({})", finding.what, finding.rule)
}

fn forge(error: &ForgeError) -> Problem {
    let message = error.to_string();
    match error {
        ForgeError::NoAccess { host } => Problem::new(ErrorCode::ForgeLogin, message).hint(format!(
            "log in (gh auth login --hostname {host}), or set a token: {} in your environment",
            token_of(host)
        )),
        ForgeError::Unauthorised { host } => Problem::new(ErrorCode::ForgeLogin, message).hint(format!(
            "log in again (gh auth login --hostname {host}), or renew the token in {}",
            token_of(host)
        )),
        ForgeError::Forbidden { .. } => Problem::new(ErrorCode::ForgeLogin, message)
            .hint("the login needs to read the repository and to write pull requests there (scope repo)"),
        ForgeError::NotFound { .. } => Problem::new(ErrorCode::NotFound, message)
            .hint("if it is there, the login does not see it; which repository is meant, the remotes say (git remote -v)"),
        ForgeError::Limited { .. } => Problem::new(ErrorCode::ForgeLimited, message)
            .hint("nothing is asked before that; try again then"),
        ForgeError::Refused { .. } => Problem::new(ErrorCode::ForgeRefused, message)
            .hint("settle it there, or ask for something else (--title, --base); see owt pr status"),
        ForgeError::Unreachable { .. } => Problem::new(ErrorCode::ForgeUnreachable, message)
            .hint("everything but `owt pr` works without it; try again later"),
        ForgeError::Failed { .. } => Problem::new(ErrorCode::ForgeUnreachable, message)
            .hint("only GitHub and GitHub Enterprise are understood; another kind of host gives no such answer"),
    }
}

/// The variables of tokens for a host, as `gh` has them.
fn token_of(host: &str) -> &'static str {
    match host == "github.com" || host.ends_with(".ghe.com") {
        true => "GH_TOKEN or GITHUB_TOKEN",
        false => "GH_ENTERPRISE_TOKEN, with GH_HOST naming this host,",
    }
}
