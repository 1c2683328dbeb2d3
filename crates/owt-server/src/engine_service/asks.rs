//! What agents ask, as it travels, and how it is answered.

use owt_agents::events::request_detail;
use owt_api as api;
use owt_core::evidence::Ask;
use owt_core::question::Beside;
use owt_core::question::Picks;
use owt_core::question::Question;
use owt_engine::use_cases::Given;

/// What the agent of the workspace of this name asks now.
pub(super) fn pending(asks: &[Ask], name: &str) -> Vec<api::PendingQuestion> {
    let pending = |ask: &Ask| {
        let questions = if ask.is_question() { ask.open_questions() } else { Vec::new() };
        api::PendingQuestion {
            request: ask.request.clone(),
            tool: ask.tool.clone(),
            detail: detail(ask),
            summary: ask.summary.clone(),
            answer: command(name, questions.len()),
            questions: questions.into_iter().map(question).collect(),
        }
    };
    asks.iter().map(pending).collect()
}

fn detail(ask: &Ask) -> Option<String> {
    let input = ask.input.as_ref().filter(|_| !ask.is_question())?;
    request_detail(&ask.summary, input)
}

fn question(asked: Question) -> api::Question {
    let choice =
        |it: owt_core::question::Choice| api::Choice { label: it.label, description: it.description };
    api::Question {
        free_text: asked.beside == Beside::Words || asked.options.is_empty(),
        multi_select: asked.picks == Picks::Several,
        options: asked.options.into_iter().map(choice).collect(),
        text: asked.text,
        header: asked.header,
    }
}

/// The command that answers so many questions; none are a request for permission.
fn command(name: &str, questions: usize) -> String {
    match questions {
        0 => format!("owt answer {name} allow|deny"),
        _ => format!("owt answer {name}{}", " -m WORDS".repeat(questions)),
    }
}

/// How questions are answered, with what they are.
pub(super) fn how_to_answer(name: &str, questions: &[Question]) -> String {
    let command = command(name, questions.len());
    let asked: Vec<String> = match questions {
        [only] => vec![only.in_words()],
        several => {
            (1..).zip(several).map(|(number, asked)| format!("{number}. {}", asked.in_words())).collect()
        }
    };
    // What a program asks is not to move the cursor.
    let asked: String = asked.join("; ").chars().filter(|letter| !letter.is_control()).collect();
    format!("{command}   answers: {asked}")
}

pub(super) fn given(given: api::Given) -> Given {
    match given {
        api::Given::Allow => Given::Allow,
        api::Given::Deny { reason } => Given::Deny { reason },
        api::Given::Words(words) => Given::Words(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_ask_says_how_it_is_answered() {
        let one = || Question::plain("Why?\u{1b}[2J".to_owned());
        let permission = Ask::permission("1".to_owned(), "Bash".to_owned(), "ls".to_owned(), "{}".to_owned());
        let asks = [
            permission,
            Ask::question("2".to_owned(), vec![one(), one()], "{}".to_owned()),
            // As an earlier version kept it.
            Ask { questions: Vec::new(), ..Ask::question("3".to_owned(), vec![one()], "{}".to_owned()) },
        ];
        let told = pending(&asks, "it");
        let counts: Vec<usize> = told.iter().map(|asked| asked.questions.len()).collect();
        assert_eq!(counts, [0, 2, 1]);
        let commands: Vec<&str> = told.iter().map(|asked| asked.answer.as_str()).collect();
        let words = ["owt answer it allow|deny", "owt answer it -m WORDS -m WORDS", "owt answer it -m WORDS"];
        assert_eq!(commands, words);
        assert_eq!(told[2].questions[0].text, "Why?\u{1b}[2J");
        assert_eq!(
            how_to_answer("it", &[one(), one()]),
            "owt answer it -m WORDS -m WORDS   answers: 1. Why?[2J; 2. Why?[2J"
        );
    }
}
