//! Looking at the configuration, checking and editing it.

use crate::sealed::Sealed;
use crate::seated::Seated;

fn configured(text: &str) -> Sealed {
    let sealed = Sealed::new();
    std::fs::create_dir_all(sealed.home.path().join("owt")).unwrap();
    std::fs::write(sealed.home.path().join("owt/config.toml"), text).unwrap();
    sealed
}

/// What a command told, with the box's own folder called `~`.
fn told(sealed: &Sealed, arguments: &[&str]) -> String {
    sealed.run(arguments).told().replace(sealed.home.path().to_str().unwrap(), "~")
}

#[test]
fn each_setting_is_shown_with_whoever_gave_it_and_the_last_layer_wins() {
    let sealed =
        configured("agent = \"codex\"\n\n[limits]\nwall = \"2h\"\n\n[tools.mine]\nbinary = \"mine\"\n")
            .with("OWT_AGENT", "gemini");
    sealed.make_repository();
    std::fs::write(sealed.work().join(".worktreerc"), "[worktree]\nbase_directory = \"../trees\"\n").unwrap();
    insta::assert_snapshot!(told(&sealed, &["config", "show", "--origin"]), @r#"
    SETTING                  VALUE                       FROM
    agent                    "gemini"                    OWT_AGENT
    permissions              "ask"                       default
    context                  "full"                      default
    theme                    "auto"                      default
    background               "auto"                      default
    worktree.base_directory  "../trees"                  ~/work/.worktreerc:2:18
    worktree.naming_pattern  "{project}-{branch}"        default
    worktree.install         "before"                    default
    worktree.install_limit   "15m"                       default
    worktree.hook_limit      "5m"                        default
    worktree.ports           "20000-32759"               default
    worktree.min_free_space  "200MB"                     default
    worktree.disk_budget     "none"                      default
    cleanup.idle             "14d"                       default
    cleanup.trash_age        "30d"                       default
    cleanup.trash_size       "20GB"                      default
    cleanup.snapshot_age     "90d"                       default
    cleanup.snapshot_size    "5GB"                       default
    critic.enabled           "on"                        default
    critic.max_file          "5MB"                       default
    landing.check_limit      "30m"                       default
    landing.message          "{subject}"                 default
    landing.tell_conflicts   "on"                        default
    landing.concurrency      "auto"                      default
    landing.retries          "0"                         default
    landing.resolve          "off"                       default
    landing.pull_request     "off"                       default
    landing.review.agent     "off"                       default
    landing.review.score     "70%"                       default
    landing.review.required  "off"                       default
    landing.review.limit     "15m"                       default
    session.backend          "auto"                      default
    tmux.layout              "agent"                     default
    tmux.alt_keys            "off"                       default
    limits.wall              "2h"                        ~/owt/config.toml:4:8
    limits.idle              "30m"                       default
    limits.terminal_wall     "none"                      default
    limits.terminal_idle     "none"                      default
    limits.turns             "none"                      default
    limits.budget            "none"                      default
    retry.attempts           "1"                         default
    retry.delay              "1m"                        default
    retry.max_wait           "6h"                        default
    server.idle_exit         "30m"                       default
    database.max_size        "1GB"                       default
    database.max_log         "128MB"                     default
    database.max_backup_age  "30d"                       default
    notify.events            "needs_person,done,failed"  default
    notify.bell              "on"                        default
    notify.desktop           "off"                       default
    notify.webhook           "none"                      default
    notify.webhook_form      "owt"                       default
    notify.webhook_secret    "none"                      default
    notify.quiet_hours       "none"                      default
    warnings.no_output       "10m"                       default
    warnings.running         "1h"                        default
    warnings.limits          "80%"                       default
    agents.manifests         "agents"                    default
    tools.mine.binary        "mine"                      ~/owt/config.toml:7:10
    [exit 0]
    "#);
    let shown = sealed.run(&["config", "show"]).stdout;
    let again = configured(&shown);
    assert_eq!(again.run(&["config", "show"]).stdout, shown, "what is shown is a file that says the same");
    let json = sealed.run(&["config", "show", "--json"]).json();
    assert_eq!(json["data"][0]["layer"], "environment");
}

#[test]
fn validating_names_every_fault_with_its_place_and_what_was_meant() {
    let sealed = configured("agnet = \"codex\"\npermissions = \"edit\"\n");
    insta::assert_snapshot!(told(&sealed, &["config", "validate"]), @r"
    error: ~/owt/config.toml:1:1: agnet: unknown key; did you mean 'agent'?
    ~/owt/config.toml:2:15: permissions: 'edit' is not a permission level (ask, edits, bypass); did you mean 'edits'?
    hint: nothing was done; mend the file and try again
    [exit 2]
    ");
    let unknown = configured("\nagent = \"claud\"\n");
    insta::assert_snapshot!(told(&unknown, &["config", "validate"]), @r"
    error: ~/owt/config.toml:2:9: agent: no agent is called 'claud', did you mean 'claude'?
    [exit 2]
    ");
    unknown.make_repository();
    let refused = unknown.run(&["new", "Add it", "--json"]).json();
    assert_eq!(refused["error"]["code"], "unknown_agent");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("config.toml:2:9: agent: ") && message.contains("'claude'"), "{message}");
    let fine = configured("agent = \"claude\"\n");
    insta::assert_snapshot!(told(&fine, &["config", "validate"]), @r"
    ~/owt/config.toml: valid
    [exit 0]
    ");
    let moved = configured("[agents.claude]\npath = \"/nowhere/claude\"\n");
    let listed = moved.run(&["agents"]).stdout;
    assert!(listed.contains("nothing to run at /nowhere/claude, which agents.claude.path names"), "{listed}");
    let nobody =
        configured("[agents.claud]\npath = \"/nowhere/claude\"\n[agents.claude-code]\npath = \"/x\"\n");
    insta::assert_snapshot!(told(&nobody, &["config", "validate"]), @r"
    ~/owt/config.toml: valid
    note: ~/owt/config.toml:2:8: [agents.claud] changes nothing: no agent is called 'claud', did you mean 'claude'?
    note: ~/owt/config.toml:4:8: agents.claude-code.path: there is nothing to run at /x
    [exit 0]
    ");
    let found = nobody.run(&["doctor", "--json"]).json()["data"]["findings"].clone();
    let about = found.as_array().unwrap().iter().find(|found| found["code"] == "unknown_agent");
    assert_eq!(about.unwrap()["subject"], "claud");
    let listed = nobody.run(&["agents"]).stdout;
    assert!(listed.contains("nothing to run at /x"), "a table may have any name of an agent: {listed}");
    let slip = Sealed::new().with("OWT_PERMISIONS", "edits");
    insta::assert_snapshot!(told(&slip, &["config", "validate"]), @r"
    There is no configuration file: the defaults hold.
    note: nothing reads the variable OWT_PERMISIONS; did you mean OWT_PERMISSIONS?
    [exit 0]
    ");
    let found = slip.run(&["doctor", "--json"]).json()["data"]["findings"].clone();
    let about = found.as_array().unwrap().iter().find(|found| found["code"] == "unknown_variable");
    assert_eq!(about.unwrap()["subject"], "OWT_PERMISIONS");
    let none = Sealed::new();
    insta::assert_snapshot!(told(&none, &["config", "validate"]), @r"
    There is no configuration file: the defaults hold.
    [exit 0]
    ");
}

#[test]
fn what_is_named_and_is_not_there_is_told_and_holds_nothing_up() {
    let sealed = configured(
        "[agents.claude]\npath = \"/nowhere/claude\"\n[tools.mine]\nbinary = \"no-such-program\"\n\
         [tools.absent]\n[tools.shell]\nbinary = \"sh\"\n[notify]\nwebhook = \"file:///nowhere/url\"\n\
         webhook_secret = \"file:/nowhere/word\"\n",
    );
    insta::assert_snapshot!(told(&sealed, &["config", "validate"]), @r"
    ~/owt/config.toml: valid
    note: ~/owt/config.toml:2:8: agents.claude.path: there is nothing to run at /nowhere/claude
    note: ~/owt/config.toml:5:8: tools.absent: its program 'absent' is neither on your search path (PATH) nor at a known path
    note: ~/owt/config.toml:4:10: tools.mine: its program 'no-such-program' is neither on your search path (PATH) nor at a known path
    note: ~/owt/config.toml:9:11: notify.webhook: there is no /nowhere/url
    note: ~/owt/config.toml:10:18: notify.webhook_secret: there is no /nowhere/word
    [exit 0]
    ");
    let found = sealed.run(&["doctor", "--json"]).json()["data"]["findings"].clone();
    let about = |code: &str| found.as_array().unwrap().iter().filter(|found| found["code"] == code).count();
    assert_eq!((about("agent_program_missing"), about("secret_unreadable")), (3, 2), "{found}");
}

#[test]
fn a_repositorys_broken_file_is_told_by_doctor_and_in_one_line_by_what_works_without_it() {
    let sealed = configured("agent = \"claude\"\n");
    sealed.make_repository();
    std::fs::write(sealed.work().join(".worktreerc"), "agnet = 'claude'\n").unwrap();
    let listed = sealed.run(&["list"]);
    assert_eq!(
        listed
            .stderr
            .lines()
            .filter(|line| line.contains("this repository's configuration is broken"))
            .count(),
        1,
        "{listed:?}"
    );
    let found = sealed.run(&["doctor", "--json"]).json()["data"]["findings"].clone();
    let told = found.as_array().unwrap().iter().find(|found| found["code"] == "bad_configuration");
    let what = told.unwrap_or_else(|| panic!("{found}"))["what"].as_str().unwrap();
    assert!(what.contains(".worktreerc:1:1: agnet: unknown key; did you mean 'agent'?"), "{what}");
}

#[test]
fn a_broken_file_is_said_by_what_works_without_it_and_refused_by_what_needs_it() {
    let sealed = configured("agnet = \"codex\"\n");
    sealed.make_repository();
    for words in [&["list"][..], &["status"], &["list", "--json"], &["server", "status"]] {
        let ran = sealed.run(words);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(ran.stderr.matches("configuration is broken").count(), 1, "{ran:?}");
        assert!(ran.stderr.contains("owt config validate"), "{ran:?}");
    }
    let refused = sealed.run(&["new", "Add it", "--agent", "demo", "--json"]);
    assert_eq!(refused.json()["error"]["code"], "bad_configuration");
    let sound = configured("agent = \"codex\"\n");
    sound.make_repository();
    assert!(!sound.run(&["list"]).stderr.contains("configuration"));
}

#[test]
fn an_editor_gets_the_schema_and_a_person_the_paths() {
    let sealed = Sealed::new();
    let schema: serde_json::Value = serde_json::from_str(&sealed.run(&["config", "schema"]).stdout).unwrap();
    assert_eq!(schema["properties"]["theme"]["default"], "auto");
    insta::assert_snapshot!(told(&sealed, &["config", "path"]), @r"
    ~/owt/config.toml (does not exist)
    [exit 0]
    ");
}

#[test]
fn editing_begins_a_file_and_checks_what_has_come_of_it() {
    let sealed = Sealed::new().with("EDITOR", "sed -i -e 's/^#theme = .*/theme = \"drak\"/'");
    let (seen, code) = Seated::at(&sealed, 120, &["config", "edit"]).ended();
    assert_eq!(code, Some(2), "{seen}");
    assert!(seen.contains("'drak' is not a theme") && seen.contains("did you mean 'dark'?"), "{seen}");
    let text = std::fs::read_to_string(sealed.home.path().join("owt/config.toml")).unwrap();
    assert!(text.starts_with("#:schema ./owt.schema.json\n"), "{text}");
    let kept = std::fs::read_to_string(sealed.home.path().join("owt/owt.schema.json")).unwrap();
    assert_eq!(kept, sealed.run(&["config", "schema"]).stdout);
    assert!(text.contains("\ntheme = \"drak\"\n") && text.contains("\n#permissions = \"ask\"\n"), "{text}");
    let mended = sealed.with("EDITOR", "sed -i -e s/drak/dark/");
    let (seen, code) = Seated::at(&mended, 120, &["config", "edit"]).ended();
    assert!(code == Some(0) && seen.contains(": valid"), "{seen}");
    insta::assert_snapshot!(told(&mended, &["config", "edit"]), @r"
    error: there is no terminal here for an editor
    hint: the file is ~/owt/config.toml; check it afterwards: owt config validate
    [exit 2]
    ");
}
