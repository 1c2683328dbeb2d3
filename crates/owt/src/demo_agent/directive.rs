//! Words in a prompt that make the demo agent misbehave: `[[demo:NAME]]` or `[[demo:NAME=VALUE]]`. Pure.

use std::time::Duration;

use owt_agents::events::ErrorClass;

const OPEN: &str = "[[demo:";
const CLOSE: &str = "]]";

/// The longest time that a prompt may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What a prompt asks for beside its task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Directive {
    /// Fail like an agent whose provider does.
    Fail(ErrorClass),
    /// Say, before it fails, that its provider's limit ends so much later.
    Resets(Duration),
    /// Say how many dollars it has cost so far.
    Cost(f64),
    /// End well, having done and said nothing.
    Nothing,
    /// Ask for permission, whatever the level.
    Ask,
    /// Ask the person a question.
    Question,
    /// Never come to an end.
    Stall,
    /// Work this much longer, whatever the pace.
    Wait(Duration),
    /// End the program without a last word, with this exit code.
    Crash(u8),
    /// Leave the work uncommitted.
    Dirty,
    /// Append a line to this file, too (relative to the workspace).
    Edit(String),
}

/// A prompt taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Directed {
    /// The prompt without its directives.
    pub(super) task: String,
    /// What they are.
    pub(super) directives: Vec<Directive>,
    /// Those that mean nothing, as they were written.
    pub(super) unknown: Vec<String>,
}

impl Directive {
    /// How each is written and what it does, for the help.
    pub(crate) const HELP: &str = "\
In a prompt:
  [[demo:fail]]         fail as if the provider did; [[demo:fail=rate_limit]]: with this class of failure
  [[demo:resets=20]]    say, before it fails, that its provider's limit ends so many seconds later
  [[demo:cost=2.5]]     say that it has cost so many dollars so far
  [[demo:nothing]]      end well, having done and said nothing
  [[demo:ask]]          ask for permission, whatever the level
  [[demo:question]]     ask the person a question
  [[demo:stall]]        never come to an end
  [[demo:wait=20]]      work so many seconds longer, whatever the pace
  [[demo:crash]]        end without a last word; [[demo:crash=3]]: with this exit code
  [[demo:dirty]]        leave the work uncommitted
  [[demo:edit=PATH]]    append a line to this file, too";

    fn read(text: &str) -> Option<Self> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (text.trim(), None),
        };
        Some(match (name, value) {
            ("fail", None) => Self::Fail(ErrorClass::Other),
            ("fail", Some(class)) => Self::Fail(serde_json::from_value(class.into()).ok()?),
            ("ask", None) => Self::Ask,
            ("question", None) => Self::Question,
            ("stall", None) => Self::Stall,
            ("wait", Some(seconds)) => Self::Wait(span(seconds)?),
            ("resets", Some(seconds)) => Self::Resets(span(seconds)?),
            ("cost", Some(dollars)) => Self::Cost(dollars.parse().ok().filter(|cost| *cost >= 0.0)?),
            ("nothing", None) => Self::Nothing,
            ("crash", None) => Self::Crash(70),
            ("crash", Some(code)) => Self::Crash(code.parse().ok()?),
            ("dirty", None) => Self::Dirty,
            ("edit", Some(path)) if !path.is_empty() => Self::Edit(path.to_owned()),
            _ => return None,
        })
    }
}

fn span(seconds: &str) -> Option<Duration> {
    Some(Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?.min(LONGEST_WAIT))
}

/// Takes a prompt apart.
pub(super) fn directed(prompt: &str) -> Directed {
    let mut found = Directed { task: String::new(), directives: Vec::new(), unknown: Vec::new() };
    let mut rest = prompt;
    while let Some((before, after)) = rest.split_once(OPEN) {
        found.task.push_str(before);
        let Some((inside, beyond)) = after.split_once(CLOSE) else {
            found.task.push_str(OPEN);
            rest = after;
            continue;
        };
        match Directive::read(inside) {
            Some(directive) => found.directives.push(directive),
            None => found.unknown.push(format!("{OPEN}{inside}{CLOSE}")),
        }
        rest = beyond;
    }
    found.task.push_str(rest);
    found.task = found.task.trim().to_owned();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_directive_of_the_help_is_understood() {
        let written: Vec<&str> = Directive::HELP
            .split(OPEN)
            .skip(1)
            .map(|text| text.split_once(CLOSE).expect("it is closed").0)
            .collect();
        assert!(written.len() >= 10);
        for text in written {
            assert!(Directive::read(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_prompt_is_its_task_and_what_it_asks_for() {
        let found = directed(
            "Add a greeting [[demo:fail=rate_limit]] and more [[demo:wait=1.5]][[demo:edit=a b.txt]]",
        );
        assert_eq!(found.task, "Add a greeting  and more");
        let expected = [
            Directive::Fail(ErrorClass::RateLimit),
            Directive::Wait(Duration::from_millis(1500)),
            Directive::Edit("a b.txt".to_owned()),
        ];
        assert_eq!(found.directives, expected);
        assert_eq!(found.unknown, Vec::<String>::new());
    }

    #[test]
    fn what_means_nothing_is_said_and_not_guessed() {
        for text in ["fial", "fail=maybe", "wait", "wait=-1", "wait=soon", "crash=300", "edit=", "ask=x", ""]
        {
            let written = format!("{OPEN}{text}{CLOSE}");
            assert_eq!(directed(&written).unknown, [written]);
        }
        let open = directed("a [[demo:ask b");
        assert_eq!((open.task.as_str(), open.directives), ("a [[demo:ask b", vec![]));
    }

    proptest! {
        #[test]
        fn text_without_directives_is_only_trimmed(text in "[^\\[]*") {
            prop_assert_eq!(directed(&text).task, text.trim());
        }

        #[test]
        fn any_text_is_taken_apart(text in "(\\[\\[demo:|\\]\\]|=|fail|wait|1|e9|.|\n)*") {
            let found = directed(&text);
            prop_assert!(found.task.len() <= text.len());
        }
    }
}
