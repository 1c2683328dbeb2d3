//! What an agent asks of the person in words: questions with the answers that they offer, and the person's words as
//! answers to them. Pure.

use serde::Deserialize;
use serde::Serialize;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question, exactly as the program put it: some programs know an answer by it.
    pub text: String,
    /// The program's short name of it, where it gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// The answers that it offers; none where any words will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// How many of them may be chosen.
    #[serde(default)]
    pub picks: Picks,
    /// Whether other words are an answer, too.
    #[serde(default)]
    pub beside: Beside,
}

/// An answer that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its words: they are the answer.
    pub label: String,
    /// What it means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// How many of the offered answers may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Picks {
    /// One.
    #[default]
    One,
    /// Any number.
    Several,
}

/// What is taken beside the offered answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// Words of the person's own.
    #[default]
    Words,
    /// Nothing.
    Nothing,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The question's text.
    pub question: String,
    /// What was chosen, or the person's own words; more than one only where several may be chosen.
    pub words: Vec<String>,
}

/// Why words are no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Too many or too few.
    #[error("it asks {}, and {} given", counted(*.asked, "question", "questions"), answers(*.given))]
    Count {
        /// How many questions there are.
        asked: usize,
        /// How many answers were given.
        given: usize,
    },
    /// One question, two answers.
    #[error("'{question}' was answered twice")]
    Twice {
        /// The question.
        question: String,
    },
    /// Nothing at all.
    #[error("the answer to '{question}' is empty")]
    Empty {
        /// The question.
        question: String,
    },
    /// The program takes one of the offered answers only.
    #[error("'{words}' is none of the answers to '{question}'")]
    NotOffered {
        /// The question.
        question: String,
        /// What was said.
        words: String,
    },
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn answers(count: usize) -> String {
    format!("{} {}", counted(count, "answer", "answers"), if count == 1 { "was" } else { "were" })
}

impl Question {
    /// One that any words answer.
    pub const fn plain(text: String) -> Self {
        Self { text, header: None, options: Vec::new(), picks: Picks::One, beside: Beside::Words }
    }

    /// In one line, with what it offers: `Which colour? (Red, Blue)`.
    pub fn in_words(&self) -> String {
        let labels: Vec<&str> = self.options.iter().map(|option| option.label.as_str()).collect();
        match labels.is_empty() {
            true => self.text.clone(),
            false => format!("{} ({})", self.text, labels.join(", ")),
        }
    }

    /// What these words mean as an answer.
    fn answered_by(&self, words: &str) -> Result<Reply, Misfit> {
        let words = words.trim();
        let question = || self.text.clone();
        if words.is_empty() {
            return Err(Misfit::Empty { question: question() });
        }
        let chosen = match self.picks {
            Picks::One => self.chosen(words).map(|label| vec![label]),
            Picks::Several => self.chosen(words).map(|label| vec![label]).or_else(|| self.all_chosen(words)),
        };
        match (chosen, self.beside) {
            (Some(words), _) => Ok(Reply { question: question(), words }),
            (None, Beside::Nothing) if !self.options.is_empty() => {
                Err(Misfit::NotOffered { question: question(), words: words.to_owned() })
            }
            (None, _) => Ok(Reply { question: question(), words: vec![words.to_owned()] }),
        }
    }

    /// The offered answer that is meant, by its label or else by its number from 1.
    fn chosen(&self, words: &str) -> Option<String> {
        let alike = |option: &&Choice| option.label.trim().to_lowercase() == words.to_lowercase();
        let exactly = self.options.iter().find(|option| option.label == words);
        let by_label = exactly.or_else(|| self.options.iter().find(alike));
        let by_number = || self.options.get(words.parse::<usize>().ok()?.checked_sub(1)?);
        by_label.or_else(by_number).map(|option| option.label.clone())
    }

    /// Those that are meant by `Red, 2`; `None` when one of the parts is not offered.
    fn all_chosen(&self, words: &str) -> Option<Vec<String>> {
        let mut chosen: Vec<String> = Vec::new();
        for part in words.split(',') {
            let label = self.chosen(part.trim())?;
            if !chosen.contains(&label) {
                chosen.push(label);
            }
        }
        Some(chosen)
    }

    /// The answer behind `HEADER=`, when that is this question's header.
    fn named_in<'w>(&self, words: &'w str) -> Option<&'w str> {
        let (name, answer) = words.split_once('=')?;
        let header = self.header.as_deref().map(str::trim).filter(|header| !header.is_empty())?;
        (header.to_lowercase() == name.trim().to_lowercase()).then_some(answer)
    }
}

/// The person's words as answers: each to the question whose header it names (`Size=small`), the others in the order
/// of the questions that are left.
///
/// # Errors
/// [`Misfit`]; every question needs exactly one answer.
pub fn reply(questions: &[Question], words: &[String]) -> Result<Vec<Reply>, Misfit> {
    if questions.len() != words.len() {
        return Err(Misfit::Count { asked: questions.len(), given: words.len() });
    }
    let mut answers: Vec<Option<&str>> = vec![None; questions.len()];
    let mut in_order = Vec::new();
    for said in words {
        let named: Vec<(usize, &str)> = questions
            .iter()
            .enumerate()
            .filter_map(|(at, question)| Some((at, question.named_in(said)?)))
            .collect();
        match named.as_slice() {
            // A name of several questions names none.
            [] | [_, _, ..] => in_order.push(said.as_str()),
            [(at, _)] if answers[*at].is_some() => {
                return Err(Misfit::Twice { question: questions[*at].text.clone() });
            }
            [(at, answer)] => answers[*at] = Some(answer),
        }
    }
    let mut in_order = in_order.into_iter();
    questions
        .iter()
        .zip(answers)
        .map(|(question, named)| question.answered_by(named.or_else(|| in_order.next()).unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn question(text: &str, header: Option<&str>, labels: &[&str]) -> Question {
        let option = |label: &&str| Choice { label: (*label).to_owned(), description: None };
        Question {
            header: header.map(str::to_owned),
            options: labels.iter().map(option).collect(),
            ..Question::plain(text.to_owned())
        }
    }

    fn said(questions: &[Question], words: &[&str]) -> Result<Vec<Vec<String>>, Misfit> {
        let words: Vec<String> = words.iter().map(|words| (*words).to_owned()).collect();
        let replies = reply(questions, &words)?;
        for (question, reply) in questions.iter().zip(&replies) {
            assert_eq!(question.text, reply.question);
        }
        Ok(replies.into_iter().map(|reply| reply.words).collect())
    }

    #[test]
    fn words_choose_by_label_or_number_and_are_else_an_answer_of_their_own() {
        let colour = question("Which colour?", None, &["Red", "Dark blue", "2"]);
        for (words, meant) in [
            ("Red", "Red"),
            ("red", "Red"),
            (" dark BLUE ", "Dark blue"),
            ("1", "Red"),
            // What an answer says goes before its number.
            ("2", "2"),
            ("3", "2"),
            ("4", "4"),
            ("0", "0"),
            ("a deep green", "a deep green"),
            ("Red, 1", "Red, 1"),
        ] {
            assert_eq!(said(std::slice::from_ref(&colour), &[words]).unwrap(), [[meant]], "{words}");
        }
        assert_eq!(said(&[question("Why?", None, &[])], &["1"]).unwrap(), [["1"]]);
    }

    #[test]
    fn several_are_chosen_by_commas_where_several_may_be() {
        let several =
            Question { picks: Picks::Several, ..question("Which?", None, &["Red", "Blue", "Red, white"]) };
        for (words, meant) in [
            ("red,2", &["Red", "Blue"][..]),
            ("Blue, blue, 1", &["Blue", "Red"]),
            ("Red, white", &["Red, white"]),
            ("red, green", &["red, green"]),
        ] {
            assert_eq!(said(std::slice::from_ref(&several), &[words]).unwrap(), [meant], "{words}");
        }
    }

    #[test]
    fn where_only_offered_answers_are_taken_others_are_refused() {
        let one = Question { beside: Beside::Nothing, ..question("Which?", None, &["Red", "Blue"]) };
        assert_eq!(said(std::slice::from_ref(&one), &["2"]).unwrap(), [["Blue"]]);
        let refused = said(&[one], &["green"]).unwrap_err();
        assert_eq!(refused.to_string(), "'green' is none of the answers to 'Which?'");
        // With nothing to choose from any words will do.
        let open = Question { beside: Beside::Nothing, ..question("Name?", None, &[]) };
        assert_eq!(said(&[open], &["green"]).unwrap(), [["green"]]);
    }

    #[test]
    fn answers_go_by_name_and_else_in_order() {
        let colour = question("Which colour?", Some("Colour"), &["Red", "Blue"]);
        let size = question("Which size?", Some("Size"), &["S", "L"]);
        let note = question("Anything else?", None, &[]);
        let all = [colour.clone(), size.clone(), note];
        for words in [
            ["Red", "L", "a=b"],
            ["size=L", "Red", "a=b"],
            ["SIZE = 2", "colour=red", "a=b"],
            ["a=b", "Colour=1", "Size=l"],
        ] {
            assert_eq!(said(&all, &words).unwrap(), [["Red"], ["L"], ["a=b"]], "{words:?}");
        }
        let counts = said(&all, &["Red"]).unwrap_err();
        assert_eq!(counts.to_string(), "it asks 3 questions, and 1 answer was given");
        let counts = said(&[note_of("Why?")], &["a", "b"]).unwrap_err();
        assert_eq!(counts.to_string(), "it asks 1 question, and 2 answers were given");
        let twice = said(&all, &["Size=L", "Size=S", "x"]).unwrap_err();
        assert_eq!(twice, Misfit::Twice { question: "Which size?".to_owned() });
        let empty = said(&all, &["Red", "Size= ", "x"]).unwrap_err();
        assert_eq!(empty, Misfit::Empty { question: "Which size?".to_owned() });
        // A name of two questions is none.
        let alike = [colour.clone(), Question { text: "And the door?".to_owned(), ..colour }];
        assert_eq!(said(&alike, &["Colour=Red", "Blue"]).unwrap(), [["Colour=Red"], ["Blue"]]);
    }

    fn note_of(text: &str) -> Question {
        Question::plain(text.to_owned())
    }

    #[test]
    fn it_is_said_with_what_it_offers() {
        assert_eq!(question("Which?", Some("x"), &["Red", "Blue"]).in_words(), "Which? (Red, Blue)");
        assert_eq!(note_of("Why?").in_words(), "Why?");
    }

    proptest! {
        #[test]
        fn every_question_gets_one_answer_or_none_does(
            labels in prop::collection::vec(prop::collection::vec("\\PC{1,6}", 0..4), 0..4),
            words in prop::collection::vec("\\PC{0,12}", 0..5),
        ) {
            let questions: Vec<Question> = labels
                .iter()
                .enumerate()
                .map(|(at, labels)| {
                    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
                    question(&format!("q{at}"), Some(&format!("h{at}")), &labels)
                })
                .collect();
            if let Ok(replies) = reply(&questions, &words) {
                prop_assert_eq!(replies.len(), questions.len());
                prop_assert!(replies.iter().all(|reply| reply.words.len() == 1 && !reply.words[0].is_empty()));
            }
        }
    }
}
