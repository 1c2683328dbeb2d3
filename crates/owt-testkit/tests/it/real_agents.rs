//! The real Claude Code and Codex, headless in a linked worktree, against the scripted model.

use std::path::Path;
use std::time::Duration;

use owt_process::Cmd;
use owt_process::Input;
use owt_testkit::lab::CLAUDE;
use owt_testkit::lab::CODEX;
use owt_testkit::lab::ModelProcess;
use owt_testkit::lab::Network;
use owt_testkit::lab::PinnedAgent;
use owt_testkit::lab::RealAgents;
use owt_testkit::lab::SealedHome;
use owt_testkit::lab::Unavailable;
use owt_testkit::lab::real_agents;
use owt_testkit::model::Outcome;
use owt_testkit::model::RequestKind;
use owt_testkit::model::UserText;
use owt_testkit::model::asked_twice;

use crate::repository::Repository;
use crate::skipped::skip;

/// Creates, reads, edits and commits; then says so.
const PROMPT: &str = r#"Please add a greeting. "Quotes", $(nothing) and `ticks`.
[[turns:[
  {"say": "First the file.", "write": {"path": "hello.txt", "text": "hello\nagent\n"}},
  {"read": "hello.txt"},
  {"edit": {"path": "hello.txt", "old": "agent", "new": "world"}},
  {"bash": "git add hello.txt && git commit -q -m 'Add hello'"},
  {"say": "Done and committed."}
]]] and nothing else"#;

const CLAUDE_ARGUMENTS: &[&str] = &[
    "-p",
    "--output-format",
    "stream-json",
    "--verbose",
    "--dangerously-skip-permissions",
    "--setting-sources",
    "user",
    "--strict-mcp-config",
];

const CODEX_ARGUMENTS: &[&str] = &["exec", "--json", "--dangerously-bypass-approvals-and-sandbox", "-"];

#[test]
fn claude_code_writes_and_commits_in_a_linked_worktree() {
    run_or_skip(CLAUDE, CLAUDE_ARGUMENTS);
}

#[test]
fn codex_writes_and_commits_in_a_linked_worktree() {
    run_or_skip(CODEX, CODEX_ARGUMENTS);
}

fn run_or_skip(agent: PinnedAgent, arguments: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    match real_agents().and_then(|agents| write_and_commit(agents, agent, arguments, folder.path())) {
        Ok(()) => {}
        Err(reason) => skip(&reason),
    }
}

fn write_and_commit(
    agents: &RealAgents,
    agent: PinnedAgent,
    arguments: &[&str],
    root: &Path,
) -> Result<(), Unavailable> {
    let network = Network::open();
    let model = ModelProcess::start(&network, &root.join("log"), None)?;
    let mut home = SealedHome::create(&root.join("h")).unwrap();
    agents.settle_into(&mut home, model.base_url()).unwrap();
    let repository = Repository::create(&home, root);
    let command = network.command(agents.program(agent)).args(arguments).current_dir(&repository.worktree);
    let output = sealed(&home, command).run().unwrap();
    let said = format!("{}\n{}", output.stdout_utf8_lossy(), output.stderr_utf8_lossy());
    assert!(output.success(), "{said}");
    assert_eq!(
        std::fs::read_to_string(repository.worktree.join("hello.txt")).unwrap(),
        "hello\nworld\n",
        "{said}"
    );
    assert_eq!(repository.git(&["log", "--format=%s", "-1"]), "Add hello", "{said}");
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    let log = model.log().unwrap();
    let turns: Vec<_> = log.iter().filter(|request| request.kind == RequestKind::Turn).collect();
    assert_eq!(turns.iter().map(|turn| turn.turn).collect::<Vec<_>>(), (0..5).map(Some).collect::<Vec<_>>());
    assert!(
        turns.iter().all(|turn| turn.outcome == Outcome::Answered && turn.users == [UserText::of(PROMPT)])
    );
    assert_eq!(asked_twice(&log), Vec::<&owt_testkit::model::LoggedRequest>::new());
    Ok(())
}

fn sealed(home: &SealedHome, command: Cmd) -> Cmd {
    home.sealed(command).stdin(Input::Bytes(PROMPT.into())).timeout(Duration::from_secs(120))
}
