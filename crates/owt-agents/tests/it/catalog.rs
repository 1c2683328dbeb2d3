//! Finding agents by name and on the machine.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_agents::AgentName;
use owt_agents::Catalog;
use owt_agents::Manifest;
use owt_agents::catalog::CatalogError;
use owt_agents::catalog::ChoiceError;
use owt_agents::catalog::Surroundings;
use owt_agents::manifest::CustomTool;
use owt_agents::manifest::Origin;
use owt_agents::manifest::Standing;
use owt_core::AbsPath;
use owt_core::session::SessionKind;

fn path(text: &str) -> AbsPath {
    AbsPath::new(text).unwrap()
}

/// The names of the agents that are detected when these programs exist.
fn detected(catalog: &Catalog, programs: &[&str]) -> Vec<(String, String)> {
    let (home, owt, configured) = (path("/home/x"), path("/opt/owt"), BTreeMap::new());
    let surroundings = Surroundings { home: Some(&home), owt: &owt, configured: &configured };
    let find = |name: &str, known: &[AbsPath]| {
        let on_path = path(&format!("/bin/{name}"));
        std::iter::once(on_path).chain(known.iter().cloned()).find(|path| programs.contains(&path.as_str()))
    };
    let found = catalog.detect(surroundings, &find);
    found.iter().map(|found| (found.manifest.name.to_string(), found.program.to_string())).collect()
}

fn choice(catalog: &Catalog, programs: &[&str], asked: Option<&str>) -> Result<String, ChoiceError> {
    let (owt, configured) = (path("/opt/owt"), BTreeMap::new());
    let surroundings = Surroundings { home: None, owt: &owt, configured: &configured };
    let find = |name: &str, _: &[AbsPath]| programs.contains(&name).then(|| path(&format!("/bin/{name}")));
    let found = catalog.detect(surroundings, &find);
    catalog.choose(&found, asked).map(|chosen| chosen.manifest.name.to_string())
}

#[test]
fn the_order_of_preference_is_kept() {
    let names: Vec<String> =
        Catalog::built_in().manifests().iter().map(|manifest| manifest.name.to_string()).collect();
    assert_eq!(names[..6], ["claude", "pi", "droid", "opencode", "codex", "gemini"]);
    assert!(names.contains(&"demo".to_owned()));
}

#[test]
fn names_aliases_and_slips() {
    let catalog = Catalog::built_in();
    assert_eq!(catalog.get("claude-code").unwrap().name.as_str(), "claude");
    assert_eq!(catalog.get("gemini-cli").unwrap().name.as_str(), "gemini");
    let unknown = catalog.get("cluade").unwrap_err();
    assert_eq!(unknown.to_string(), "no agent is called 'cluade', did you mean 'claude'?");
    assert_eq!(catalog.get("xyzzy").unwrap_err().nearest, None);
}

#[test]
fn programs_are_found_on_the_path_at_known_places_and_where_configured() {
    let catalog = Catalog::built_in();
    let demo = ("demo".to_owned(), "/opt/owt".to_owned());
    assert_eq!(detected(&catalog, &[]), std::slice::from_ref(&demo));
    assert_eq!(
        detected(&catalog, &["/bin/codex", "/home/x/.claude/local/claude"]),
        [
            ("claude".to_owned(), "/home/x/.claude/local/claude".to_owned()),
            ("codex".to_owned(), "/bin/codex".to_owned()),
            demo,
        ]
    );
    let configured = BTreeMap::from([(AgentName::new("claude").unwrap(), path("/custom/claude"))]);
    let owt = path("/opt/owt");
    let surroundings = Surroundings { home: None, owt: &owt, configured: &configured };
    let find = |name: &str, _: &[AbsPath]| (name == "/custom/claude").then(|| path(name));
    let claude = catalog.get("claude").unwrap();
    assert_eq!(catalog.locate(claude, surroundings, &find).unwrap().program, path("/custom/claude"));
}

#[test]
fn the_first_installed_agent_is_taken_and_the_demo_only_by_name() {
    let catalog = Catalog::built_in();
    assert_eq!(choice(&catalog, &["codex", "gemini"], None).unwrap(), "codex");
    assert_eq!(choice(&catalog, &["codex", "claude"], None).unwrap(), "claude");
    assert_eq!(choice(&catalog, &["codex"], Some("demo")).unwrap(), "demo");
    let none = choice(&catalog, &[], None).unwrap_err();
    assert!(
        matches!(&none, ChoiceError::NoneInstalled { install_hint, .. } if install_hint.contains("npm install"))
    );
    let missing = choice(&catalog, &["codex"], Some("claude")).unwrap_err();
    assert_eq!(missing.to_string(), "Claude Code is not installed: npm install -g @anthropic-ai/claude-code");
    assert!(matches!(choice(&catalog, &[], Some("cladue")), Err(ChoiceError::Unknown(_))));
}

#[test]
fn custom_tools_come_last_and_cannot_take_a_known_name() {
    let tools = BTreeMap::from([
        ("zed".to_owned(), CustomTool::default()),
        ("abacus".to_owned(), CustomTool::default()),
    ]);
    let catalog = Catalog::built_in().with_tools(&tools).unwrap();
    let names: Vec<&str> = catalog.manifests().iter().map(|manifest| manifest.name.as_str()).collect();
    assert_eq!((names[6], names.last()), ("abacus", Some(&"zed")));
    assert_eq!(choice(&catalog, &["zed", "abacus"], None).unwrap(), "abacus");
    let reserved = BTreeMap::from([
        ("claude-code".to_owned(), CustomTool::default()),
        ("Bad Name".to_owned(), CustomTool::default()),
    ]);
    let errors = Catalog::built_in().with_tools(&reserved).unwrap_err();
    assert_eq!(errors.len(), 2, "all mistakes are told at once: {errors:?}");
    assert!(errors.iter().all(|error| matches!(error, CatalogError::Tool { .. })));
}

#[test]
fn agents_that_were_never_tried_run_in_a_terminal_are_not_taken_unasked_and_give_way_to_a_tool() {
    let catalog = Catalog::built_in();
    let untested: Vec<&Manifest> =
        catalog.manifests().iter().filter(|manifest| manifest.standing == Standing::Untested).collect();
    let mut names: Vec<&str> = untested.iter().map(|manifest| manifest.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["aider", "amp", "cline", "crush", "cursor", "goose", "kiro", "openclaude"]);
    for manifest in untested {
        assert_eq!(manifest.kinds().collect::<Vec<_>>(), [SessionKind::Tmux], "{}", manifest.name);
        assert!(!manifest.modes.tmux.as_ref().unwrap().permissions.is_managed(), "{}", manifest.name);
        assert!(manifest.seen_versions.is_empty() && !manifest.limits.is_empty(), "{}", manifest.name);
    }
    assert!(matches!(choice(&catalog, &["aider"], None), Err(ChoiceError::NoneInstalled { .. })));
    assert_eq!(choice(&catalog, &["aider"], Some("aider")).unwrap(), "aider");
    let own = CustomTool { binary: Some("my-aider".to_owned()), ..CustomTool::default() };
    let catalog = catalog.with_tools(&BTreeMap::from([("aider".to_owned(), own)])).unwrap();
    assert_eq!(choice(&catalog, &["my-aider"], None).unwrap(), "aider");
    assert_eq!(catalog.manifests().iter().filter(|manifest| manifest.is_called("aider")).count(), 1);
}

#[test]
fn agents_that_were_tried_over_their_protocol_alone_are_not_taken_unasked_and_enforce_nothing_in_a_terminal()
{
    let catalog = Catalog::built_in();
    for name in ["copilot", "kilo", "qwen", "vibe"] {
        let manifest = catalog.get(name).unwrap();
        assert_eq!(manifest.standing, Standing::Tested, "{name}");
        let kinds = [SessionKind::Structured, SessionKind::Tmux];
        assert_eq!(manifest.kinds().collect::<Vec<_>>(), kinds, "{name}");
        let is_managed = |kind| manifest.mode(kind).unwrap().permissions.is_managed();
        assert_eq!(kinds.map(is_managed), [true, false], "{name}");
        assert!(!manifest.seen_versions.is_empty() && manifest.limits[0].contains("terminal"), "{name}");
        assert!(matches!(choice(&catalog, &[name], None), Err(ChoiceError::NoneInstalled { .. })), "{name}");
        assert_eq!(choice(&catalog, &[name], Some(name)).unwrap(), name);
    }
}

#[test]
fn a_manifest_of_the_person_takes_the_place_of_a_built_in_one() {
    let text =
        Catalog::built_in_text("codex").unwrap().replace("binary = \"codex\"", "binary = \"my-codex\"");
    let catalog = Catalog::built_in().with_overrides(&[("~/codex.toml".to_owned(), text)]).unwrap();
    assert_eq!(catalog.manifests().len(), Catalog::built_in().manifests().len());
    assert_eq!(
        choice(&catalog, &["codex"], Some("codex")).unwrap_err().to_string(),
        "Codex is not installed: npm install -g @openai/codex"
    );
    assert_eq!(choice(&catalog, &["my-codex"], None).unwrap(), "codex");
    let stolen = Catalog::built_in_text("codex").unwrap().replace("\"codex-cli\"", "\"claude-code\"");
    let errors = Catalog::built_in().with_overrides(&[("x.toml".to_owned(), stolen)]).unwrap_err();
    assert_eq!(errors[0].to_string(), "x.toml: 'claude-code' is also a name of claude");
}

#[test]
fn each_manifest_says_who_wrote_it() {
    let text = Catalog::built_in_text("codex").unwrap().to_owned();
    let tools = [("mine".to_owned(), CustomTool::default())].into();
    let catalog = Catalog::built_in().with_overrides(&[("codex.toml".to_owned(), text)]).unwrap();
    let catalog = catalog.with_tools(&tools).unwrap();
    let origin = |name| catalog.get(name).unwrap().origin;
    assert_eq!(
        (origin("claude"), origin("codex"), origin("mine")),
        (Origin::BuiltIn, Origin::User, Origin::Tool)
    );
}

/// What is approved is the content of all of them together: a file is read once.
#[test]
fn nothing_that_a_repository_may_bring_lies_within_something_else_of_it() {
    let catalog = Catalog::built_in();
    let manifests = catalog.manifests().iter();
    let names: BTreeSet<&str> =
        manifests.flat_map(|manifest| manifest.guard.brings.iter().map(String::as_str)).collect();
    let within = |name: &&str| names.iter().find(|around| name.starts_with(&format!("{around}/")));
    let nested: Vec<_> = names.iter().filter_map(|name| Some((name, within(name)?))).collect();
    assert_eq!(nested, [], "of {names:?}");
    assert!(!names.contains(".env"), "its content is private, and another in each workspace");
}
