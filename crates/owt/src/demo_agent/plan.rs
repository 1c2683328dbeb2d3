//! What the demo agent will make of a task: notes, a function and a test of it, named after the task's words. Pure.

use owt_core::branch_naming::branch_for_task;
use owt_core::branch_naming::title_for_task;

/// The folder that its files are in.
const FOLDER: &str = "demo";

/// How many names are tried before the last one is taken whatever is there.
const NAMES_TRIED: u32 = 1000;

/// A file to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedFile {
    /// Relative to the workspace.
    pub(super) path: String,
    /// All of it.
    pub(super) content: String,
}

/// What will be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The task in one line.
    pub(super) title: String,
    /// Notes, function, test.
    pub(super) files: Vec<PlannedFile>,
}

/// How much the notes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notes {
    Short,
    Long,
}

/// Plans a task. `is_taken` says which paths exist: nothing of others is ever written over.
pub(super) fn plan(task: &str, notes: Notes, is_taken: &dyn Fn(&str) -> bool) -> Plan {
    let title = match title_for_task(task) {
        title if title.is_empty() => "a task without words".to_owned(),
        title => title,
    };
    let slug = branch_for_task(task, Some("")).map_or_else(|_| "task".to_owned(), |name| name.to_string());
    let name = (1..=NAMES_TRIED)
        .map(|number| if number == 1 { slug.clone() } else { format!("{slug}-{number}") })
        .find(|name| paths(name).iter().all(|path| !is_taken(path)))
        .unwrap_or(slug);
    let function = identifier(&name);
    let contents =
        [noted(&title, task, notes), function_text(&function, &title), test_text(&function, &title)];
    let files = paths(&name).into_iter().zip(contents);
    Plan { title, files: files.map(|(path, content)| PlannedFile { path, content }).collect() }
}

fn paths(name: &str) -> [String; 3] {
    let module = identifier(name);
    [format!("{FOLDER}/{name}.md"), format!("{FOLDER}/{module}.py"), format!("{FOLDER}/test_{module}.py")]
}

/// The name as Python takes one.
fn identifier(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    if plain.starts_with(char::is_numeric) { format!("task_{plain}") } else { plain }
}

fn noted(title: &str, task: &str, notes: Notes) -> String {
    let mut text = format!("# {title}\n\n");
    if notes == Notes::Long {
        text.push_str("The task as it was given:\n\n");
        for line in task.lines() {
            text.push_str(format!("> {line}").trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    text.push_str("Noted by the demo agent of owt, which takes no task further than this.\n");
    text
}

fn function_text(function: &str, title: &str) -> String {
    format!(
        "\"\"\"A beginning of the demo agent of owt.\"\"\"\n\n\n\
         def {function}() -> str:\n    \"\"\"What was asked for.\"\"\"\n    return {}\n",
        quoted(title)
    )
}

fn test_text(function: &str, title: &str) -> String {
    format!(
        "\"\"\"Run with: python3 -m unittest discover {FOLDER}\"\"\"\n\nimport unittest\n\n\
         from {function} import {function}\n\n\n\
         class DemoTest(unittest.TestCase):\n    def test_it_says_what_was_asked_for(self) -> None:\n        \
         self.assertEqual({function}(), {})\n\n\n\
         if __name__ == \"__main__\":\n    unittest.main()\n",
        quoted(title)
    )
}

/// A text as a literal of Python. JSON's escapes are a subset of Python's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn paths_of(plan: &Plan) -> Vec<&str> {
        plan.files.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn the_files_are_named_after_the_task() {
        let made = plan("Add user authentication with JWT", Notes::Short, &|_| false);
        assert_eq!(
            paths_of(&made),
            [
                "demo/add-user-authentication-jwt.md",
                "demo/add_user_authentication_jwt.py",
                "demo/test_add_user_authentication_jwt.py"
            ]
        );
        assert_eq!(made.title, "Add user authentication with JWT");
        insta::assert_snapshot!(made.files[1].content, @r#"
        """A beginning of the demo agent of owt."""


        def add_user_authentication_jwt() -> str:
            """What was asked for."""
            return "Add user authentication with JWT"
        "#);
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let taken = ["demo/greet.md", "demo/test_greet_2.py"];
        let made = plan("greet", Notes::Short, &|path| taken.contains(&path));
        assert_eq!(made.files[0].path, "demo/greet-3.md");
    }

    #[test]
    fn a_task_without_words_has_a_plan_too() {
        assert_eq!(plan("!?", Notes::Short, &|_| false).files[0].path, "demo/task.md");
        assert_eq!(plan("", Notes::Short, &|_| false).title, "a task without words");
    }

    #[test]
    fn a_long_note_holds_the_whole_task() {
        let made = plan("Greet\n\nall of them", Notes::Long, &|_| false);
        assert!(made.files[0].content.contains("> Greet\n>\n> all of them\n"));
    }

    proptest! {
        #[test]
        fn paths_stay_in_the_folder_and_literals_on_their_line(task in "\\PC*|(.|\n|\"|\\\\|/|\\.\\.)*") {
            let made = plan(&task, Notes::Long, &|_| false);
            for file in &made.files {
                let name = file.path.strip_prefix("demo/").unwrap();
                prop_assert!(!name.contains('/') && !name.contains(".."), "{}", file.path);
            }
            prop_assert_eq!(made.files[1].content.lines().count(), 6);
        }
    }
}
