//! What the layers make of several voices, beyond the walk through every setting.

use std::time::Duration;

use owt_config::FlagValue;
use owt_config::Origin;
use owt_config::Sources;
use owt_config::assemble;
use owt_config::values::AgentChoice;
use owt_core::Permissions;
use owt_core::session::SessionKind;

use crate::of_repository;
use crate::of_user;
use crate::path;
use crate::variables;

#[test]
fn the_originals_word_for_the_agent_is_known() {
    let settings = of_repository("ai_tool = 'codex'").unwrap();
    assert_eq!(settings.general.agent.value, AgentChoice::Named("codex".to_owned()));
}

#[test]
fn an_empty_variable_says_nothing() {
    let environment = variables(&[("OWT_AGENT", ""), ("OWT_THEME", "light")]);
    let settings = assemble(&Sources { variables: Some(&environment), ..Sources::default() }).unwrap();
    assert_eq!(settings.general.agent.origin, Origin::Default);
    assert_eq!(settings.general.theme.origin, Origin::Variable("OWT_THEME"));
}

#[test]
fn claude_bin_names_the_program_over_the_file() {
    let environment = variables(&[("CLAUDE_BIN", "~/claude-next")]);
    let settings = assemble(&Sources {
        user: Some(&crate::user_file(
            "[agents.claude]\npath = '/opt/claude'\n[agents.codex]\npath = '/opt/codex'",
        )),
        variables: Some(&environment),
        ..Sources::default()
    })
    .unwrap();
    let home = path("/home/ada");
    let program = |agent: &str| settings.agents.paths[agent].value.resolve(Some(&home)).unwrap();
    assert_eq!(program("claude").as_str(), "/home/ada/claude-next");
    assert_eq!(program("codex").as_str(), "/opt/codex");
    assert_eq!(settings.agents.paths["claude"].origin, Origin::Variable("CLAUDE_BIN"));
}

#[test]
fn bypass_is_the_persons_word_alone() {
    assert_eq!(of_user("permissions = 'bypass'").unwrap().general.permissions.value, Permissions::Bypass);
    let refused = of_repository("permissions = 'bypass'").unwrap_err().to_string();
    assert!(
        refused.starts_with("/srv/shop/.worktreerc:1:15: permissions: not in a repository's file: "),
        "{refused}"
    );
    let flag = [FlagValue { key: "permissions", flag: "--permissions", text: "bypass".to_owned() }];
    let settings = assemble(&Sources { flags: &flag, ..Sources::default() }).unwrap();
    assert_eq!(settings.general.permissions.value, Permissions::Bypass);
}

#[test]
fn a_repository_names_folders_below_or_beside_itself_only() {
    assert!(of_repository("[worktree]\nbase_directory = '../trees'").is_ok());
    for folder in ["/etc", "~/.ssh"] {
        assert!(of_repository(&format!("[worktree]\nbase_directory = '{folder}'")).is_err(), "{folder}");
        assert!(of_user(&format!("[worktree]\nbase_directory = '{folder}'")).is_ok(), "{folder}");
    }
}

#[test]
fn limits_are_kept_by_kind_of_session() {
    let settings = of_user("[limits]\nwall = '2h'\nterminal_idle = '12h'").unwrap();
    let hours = |n: u64| Some(Duration::from_secs(n * 3600));
    let headless = settings.session_limits(SessionKind::Headless);
    assert_eq!((headless.wall, headless.idle), (hours(2), Some(Duration::from_secs(1800))));
    assert_eq!(settings.session_limits(SessionKind::Structured), headless);
    let terminal = settings.session_limits(SessionKind::Tmux);
    assert_eq!((terminal.wall, terminal.idle), (None, hours(12)));
}

#[test]
fn a_tool_without_a_key_is_a_tool() {
    let settings = of_user("[tools.mine]\n[tools]\nother = { binary = 'x' }").unwrap();
    assert_eq!(settings.tools.keys().collect::<Vec<_>>(), ["mine", "other"]);
    assert_eq!(settings.tools["mine"].binary, None);
}
