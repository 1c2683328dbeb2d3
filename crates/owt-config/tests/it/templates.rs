//! The person's templates: what they may say, and every fault with its place and the nearest word.

use owt_config::TemplateError;
use owt_config::template;
use owt_config::template_names;
use owt_core::AbsPath;
use owt_core::briefing::Opening;
use owt_core::briefing::TaskKind;
use tempfile::TempDir;

fn folder(files: &[(&str, &str)]) -> (TempDir, AbsPath) {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let path = AbsPath::new(folder.path().to_str().unwrap()).unwrap();
    (folder, path)
}

/// The lines that are said of a broken template, without its folder.
fn faults(text: &str) -> Vec<String> {
    let (_kept, path) = folder(&[("mine.toml", text)]);
    let Err(TemplateError::Broken(broken)) = template(&path, "mine") else { panic!("{text} is no template") };
    let place = format!("{}/", path.as_str());
    broken.to_string().lines().map(|line| line.replace(&place, "")).collect()
}

#[test]
fn a_template_says_how_the_work_is_begun() {
    let text = r#"
description = "A spike"
kind = "docs"
steps = ["Look around", "Write down what you found"]
text = "Throw the code away."
base = ["next", "main"]
prefix = "spike"
plan_mode = true
agent = "codex"
"#;
    let (_kept, path) =
        folder(&[("spike.toml", text), ("feature.toml", "text = \"Ours\""), ("Odd Name.toml", "")]);
    assert_eq!(template_names(&path), ["bugfix", "feature", "hotfix", "spike"]);
    let spike = template(&path, "spike").unwrap();
    assert_eq!((spike.manner.kind, spike.opening), (Some(TaskKind::Docs), Opening::Plan));
    assert_eq!(spike.manner.steps, ["Look around", "Write down what you found"]);
    assert_eq!((spike.manner.text.as_str(), spike.description.as_str()), ("Throw the code away.", "A spike"));
    assert_eq!(spike.bases, ["next", "main"]);
    assert_eq!((spike.prefix.as_deref(), spike.agent.as_deref()), (Some("spike"), Some("codex")));
    let own = template(&path, "feature").unwrap();
    assert_eq!(
        (own.manner.text.as_str(), own.opening),
        ("Ours", Opening::Work),
        "the person's own goes first"
    );
    assert_eq!(template(&path, "hotfix").unwrap().prefix.as_deref(), Some("hotfix"));
}

#[test]
fn a_folder_that_is_not_there_has_ours_alone() {
    let missing = AbsPath::new("/nowhere/templates").unwrap();
    assert_eq!(template_names(&missing), ["bugfix", "feature", "hotfix"]);
    assert!(template(&missing, "feature").is_ok());
    let unknown = |name: &str| match template(&missing, name) {
        Err(TemplateError::Unknown { nearest, .. }) => nearest,
        other => panic!("{other:?}"),
    };
    assert_eq!(unknown("featrue").as_deref(), Some("feature"));
    assert_eq!(unknown("../../etc/passwd"), None);
}

#[test]
fn each_fault_is_told_with_its_place_and_the_nearest_word() {
    for (text, expected) in [
        ("steps = 5", &["mine.toml:1:9: steps: expected a string, or a list of strings, found integer"][..]),
        ("text = \"a\"\nsteps = [\"a\",\n  7]", &["mine.toml:3:3: steps: expected a string, found integer"]),
        ("\nstep = \"a\"\ntext = \"b\"", &["mine.toml:2:1: step: unknown key; did you mean 'steps'?"]),
        (
            "text = \"b\"\nkind = \"bugfx\"",
            &[
                "mine.toml:2:8: kind: 'bugfx' is not a kind of work (feature, bugfix, refactor, test, docs); did you mean 'bugfix'?",
            ],
        ),
        (
            "text = \"b\"\npermissions = \"bypass\"\n[tools.x]\nbinary = \"x\"",
            &[
                "mine.toml:2:1: permissions: a template cannot say what an agent may do: use --permissions, or your configuration",
                "mine.toml:3:2: tools: a template cannot name programs: use [tools.NAME] in your configuration",
            ],
        ),
        (
            "text = \"b\"\nplan_mode = \"yes\"",
            &["mine.toml:2:13: plan_mode: expected true or false, found string"],
        ),
        (
            "text = \"b\"\nsteps = [\"two\\nlines\"]",
            &["mine.toml:2:10: steps: one line of words is expected"],
        ),
        ("kind = \"docs\"", &["mine.toml:1:1: it says neither 'steps' nor 'text'"]),
    ] {
        assert_eq!(faults(text), expected, "{text}");
    }
    let broken = faults("text = ");
    assert!(broken[0].starts_with("mine.toml:1:") && broken[0].contains("not valid TOML"), "{broken:?}");
    let long = format!("text = \"{}\"", "x".repeat(4_001));
    assert_eq!(faults(&long), ["mine.toml:1:8: text: it has 4001 characters; the limit is 4000"]);
    let many = format!("steps = [{}]", "\"x\",".repeat(21));
    assert_eq!(faults(&many), ["mine.toml:1:9: steps: there are 21; the limit is 20"]);
}
