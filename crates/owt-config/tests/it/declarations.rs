//! What holds for every setting, whatever settings there are.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_config::Declaration;
use owt_config::FileLayer;
use owt_config::FlagValue;
use owt_config::Origin;
use owt_config::ProblemKind;
use owt_config::Scope;
use owt_config::Settings;
use owt_config::Shape;
use owt_config::Sources;
use owt_config::Value;
use owt_config::assemble;
use owt_config::declarations;
use owt_core::pane::PanePercent;
use owt_core::pane::PanePlace;

use crate::of_repository;
use crate::of_user;
use crate::repository_file;
use crate::user_file;
use crate::variables;

/// A file that gives one setting: `[table]`, `key = value`.
fn file_with(key: &str, shape: Shape, value: &str) -> String {
    let (table, last) = key.rsplit_once('.').unwrap_or(("", key));
    let value = if shape == Shape::Text { format!("{value:?}") } else { value.to_owned() };
    let header = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
    format!("{header}{last} = {value}\n").replace("<name>", "mine")
}

/// The value in force of a setting that is not in a table of the person's own, and who gave it.
fn shown(settings: &Settings, key: &str) -> Option<(String, Origin)> {
    let key = key.replace("<name>", "mine");
    let found = settings.shown().into_iter().find(|shown| shown.key() == key)?;
    let value = match found.value {
        Value::Text(value) => value,
        other => other.to_string(),
    };
    Some((value, found.origin))
}

fn plain() -> impl Iterator<Item = &'static Declaration> {
    let is_table = |key: &str| key.starts_with("tools.") || key.starts_with("tmux.panes.");
    declarations().filter(move |declaration| !is_table(declaration.key))
}

#[test]
fn keys_are_unique_and_documented() {
    let mut seen = BTreeSet::new();
    for declaration in declarations() {
        for key in std::iter::once(&declaration.key).chain(declaration.aliases) {
            assert!(seen.insert(*key), "{key} is declared twice");
        }
        let doc = declaration.doc();
        assert!(
            doc.len() > 20 && doc.ends_with('.') && !doc.starts_with(' '),
            "{}: {doc:?}",
            declaration.key
        );
        assert!(!declaration.expects.is_empty(), "{}", declaration.key);
    }
    let variables: Vec<_> = declarations().filter_map(|declaration| declaration.variable).collect();
    assert_eq!(
        variables.iter().collect::<BTreeSet<_>>().len(),
        variables.len(),
        "a variable sets two settings"
    );
}

#[test]
fn variables_are_named_after_keys() {
    for declaration in declarations() {
        if let Some(variable) = declaration.variable {
            let expected = format!("OWT_{}", declaration.key.replace('.', "_").to_uppercase());
            assert_eq!(variable, expected);
        }
    }
}

#[test]
fn defaults_hold_when_nobody_says_anything() {
    let settings = assemble(&Sources::default()).unwrap();
    for declaration in plain() {
        let value = declaration.default.map(|text| (text.to_owned(), Origin::Default));
        assert_eq!(shown(&settings, declaration.key), value, "{}", declaration.key);
    }
    assert!(settings.tools.is_empty());
}

#[test]
fn every_example_is_a_value() {
    for declaration in declarations() {
        assert!(!declaration.examples.is_empty(), "{}", declaration.key);
        for example in declaration.examples.iter().chain(declaration.words) {
            let text = file_with(declaration.key, declaration.shape, example);
            of_user(&text).unwrap_or_else(|error| panic!("{}: {error}", declaration.key));
        }
    }
}

#[test]
fn a_value_of_another_type_is_refused_everywhere() {
    for declaration in declarations() {
        let text = file_with(declaration.key, Shape::Boolean, "17");
        let error = of_user(&text).unwrap_err();
        let wrong =
            matches!(&error.problems[..], [problem] if matches!(problem.kind, ProblemKind::WrongType { .. }));
        assert!(wrong, "{}: {error}", declaration.key);
    }
}

#[test]
fn a_repository_sets_what_it_may_and_is_told_why_not() {
    for declaration in declarations() {
        let text = file_with(declaration.key, declaration.shape, declaration.examples[0]);
        match (declaration.scope, of_repository(&text)) {
            (Scope::UserAndRepository, Ok(settings)) => {
                let (_, origin) = shown(&settings, declaration.key).unwrap();
                assert!(matches!(origin, Origin::File { layer: FileLayer::Repository, .. }));
            }
            (Scope::UserOnly(reason), Err(error)) => {
                let expected = ProblemKind::NotInRepository { reason: reason.to_owned() };
                assert_eq!(error.problems[0].kind, expected, "{}", declaration.key);
            }
            (scope, result) => panic!("{}: {scope:?} gives {result:?}", declaration.key),
        }
    }
}

/// Walks default < user < repository < environment < flag for every setting: each layer that may speak wins over
/// all before it, and the value says who gave it.
#[test]
fn each_layer_wins_over_those_before_it() {
    for declaration in plain() {
        let value = |n: usize| declaration.examples[n % declaration.examples.len()];
        let (user, repository) = (value(0), value(1));
        let user_file = user_file(&file_with(declaration.key, declaration.shape, user));
        let repository_file = repository_file(&file_with(declaration.key, declaration.shape, repository));
        let environment = declaration.variable.map(|name| (name, value(2)));
        let environment = variables(&environment.into_iter().collect::<Vec<_>>());
        let has_flag = !declaration.key.contains('<') && declaration.shape == Shape::Text;
        let flag =
            has_flag.then(|| FlagValue { key: declaration.key, flag: "--flag", text: value(3).to_owned() });
        let flags: Vec<FlagValue> = flag.into_iter().collect();

        let mut sources = Sources { user: Some(&user_file), ..Sources::default() };
        let mut expected = (user, "config.toml".to_owned());
        expect(&sources, declaration, &expected);
        if declaration.scope == Scope::UserAndRepository {
            sources.repository = Some(&repository_file);
            expected = (repository, ".worktreerc".to_owned());
            expect(&sources, declaration, &expected);
        }
        sources.variables = Some(&environment);
        if let Some(name) = declaration.variable {
            expected = (value(2), name.to_owned());
        }
        expect(&sources, declaration, &expected);
        sources.flags = &flags;
        if !flags.is_empty() {
            expected = (value(3), "--flag".to_owned());
        }
        expect(&sources, declaration, &expected);
    }
}

fn expect(sources: &Sources<'_>, declaration: &Declaration, (value, giver): &(&str, String)) {
    let settings = assemble(sources).unwrap_or_else(|error| panic!("{}: {error}", declaration.key));
    let (found, origin) = shown(&settings, declaration.key).expect("it was given");
    assert_eq!(found, *value, "{}", declaration.key);
    assert!(origin.to_string().contains(giver), "{}: {origin} is not {giver}", declaration.key);
}

#[test]
fn a_pane_of_the_persons_own_arrives_with_its_place() {
    let text = "[tmux]\nlayout = \"agent+dev+log\"\n[tmux.panes.dev]\ncommand = [\"npm\", \"run\", \"dev\"]\nsplit = \"right\"\nsize = \"40%\"\n[tmux.panes.log]\ncommand = [\"tail\"]\n";
    let settings = of_user(text).unwrap();
    let (dev, log) = (&settings.panes["dev"], &settings.panes["log"]);
    assert_eq!(dev.command, ["npm", "run", "dev"]);
    assert_eq!(dev.place, PanePlace::Right(PanePercent::new(40).unwrap()));
    assert_eq!((&log.command[..], log.place), (&["tail".to_owned()][..], PanePlace::Next));
    let origin = settings.shown().into_iter().find(|it| it.key() == "tmux.panes.dev.size").unwrap().origin;
    assert!(origin.to_string().contains(":6:"), "{origin}");
    for wrong in ["size = \"5%\"", "size = \"71%\"", "split = \"left\"", "command = \"npm run dev\""] {
        assert!(of_user(&format!("[tmux.panes.dev]\n{wrong}\n")).is_err(), "{wrong}");
    }
}

#[test]
fn every_field_of_a_tool_arrives_with_its_place() {
    let fields: Vec<&Declaration> = declarations().filter(|known| known.key.starts_with("tools.")).collect();
    assert_eq!(fields.len(), 9);
    let mut text = "[tools.mine]\n".to_owned();
    let mut lines = BTreeMap::new();
    for (index, declaration) in fields.iter().enumerate() {
        let with = file_with(declaration.key, declaration.shape, declaration.examples[0]);
        text.push_str(with.lines().last().unwrap());
        text.push('\n');
        lines.insert(declaration.key.rsplit('.').next().unwrap(), index + 2);
    }
    let settings = of_user(&text).unwrap();
    let tool = &settings.tools["mine"];
    for (field, line) in lines {
        assert!(tool.origin_of(field).to_string().contains(&format!(":{line}:")), "{field}");
    }
    assert_eq!(tool.origin_of("no such field"), &tool.origin);
    assert_eq!(tool.known_paths.as_ref().unwrap().value, ["~/.local/bin/mytool"]);
    assert!(tool.supports_hooks.as_ref().unwrap().value);
    assert_eq!(tool.binary.as_ref().unwrap().value, "mytool");
}
