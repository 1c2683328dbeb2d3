//! What lies over the board and takes the keys: the help, a list to pick from, a text to write, a choice. It must not
//! know the rows, nor do anything: what is decided comes back as an [`Act`].

use jiff::Timestamp;

use crate::editor::Editor;
use crate::event::Deed;
use crate::event::Ticket;
use crate::key::Code;
use crate::key::Key;
use crate::keymap::Verb;
use crate::review::Review;
use crate::status::Tone;

/// So many lines does a page have.
const PAGE: isize = 10;

/// Something that lies over the board.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Layer {
    /// The keys; so many lines are scrolled away.
    Help { of: HelpOf, scroll: usize },
    /// One of several.
    Pick(Picker),
    /// A text.
    Write(Writing),
    /// A few ways on.
    Choice(Choice),
    /// What somebody changed, to be commented on.
    Review(Box<Review>),
}

/// Whose keys are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HelpOf {
    Board,
    Review,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Act {
    /// Take this layer away.
    Close,
    /// Ask the server, with what to say meanwhile.
    Do(Box<Deed>, String),
    /// Put this in its place.
    Open(Box<Layer>),
    /// Do what the verb says.
    Verb(Verb),
    /// Hand the terminal over to this workspace's.
    Attach(owt_api::Selector),
    /// Select the workspace with this id.
    Select(String),
    /// Write a task for the repository in this folder.
    WriteTask(String),
    /// Start the task that is being written so.
    Wish(Wish),
    /// Let the person edit these files below this folder.
    Edit(String, Vec<String>),
    /// Let the person complete this line of the command line.
    WriteCommand(crate::command::Command),
    /// Do what this line says.
    Run(String),
}

/// What became of a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Taken {
    /// It stays as it is, or changed within itself.
    Kept,
    Acts(Act),
    /// Lets this part of a task be picked; it stays.
    Picks(Part),
    /// Lets its keys be read; it stays.
    Helps,
}

/// What of a task is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Agent,
    Template,
    Base,
    Session,
}

impl Part {
    pub(crate) const ALL: [Self; 4] = [Self::Agent, Self::Template, Self::Base, Self::Session];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Template => "template",
            Self::Base => "base",
            Self::Session => "session",
        }
    }

    /// It picks this.
    pub(crate) const fn key(self) -> Key {
        Key { alt: true, ..Key::plain(Code::Char(self.letter())) }
    }

    /// With Alt it picks this.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Agent => 'a',
            Self::Template => 't',
            Self::Base => 'b',
            Self::Session => 's',
        }
    }
}

/// What was picked; `None` is as it would be without.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    pub(crate) part: Part,
    pub(crate) name: Option<String>,
}

/// By how many lines a key scrolls; whoever draws it knows where the end is.
const fn lines_of(key: Key) -> Option<isize> {
    match (key.code, key.ctrl) {
        (Code::Down | Code::Char('j'), false) => Some(1),
        (Code::Up | Code::Char('k'), false) => Some(-1),
        (Code::PageDown | Code::Char(' '), false) | (Code::Char('d' | 'f'), true) => Some(PAGE),
        (Code::PageUp, false) | (Code::Char('u' | 'b'), true) => Some(-PAGE),
        (Code::End | Code::Char('G'), false) => Some(isize::MAX),
        (Code::Home | Code::Char('g'), false) => Some(isize::MIN),
        _ => None,
    }
}

/// A list to pick from, by typing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Picker {
    pub(crate) title: &'static str,
    pub(crate) items: Vec<Item>,
    pub(crate) editor: Editor,
    pub(crate) chosen: usize,
    /// What of a task it is about.
    pub(crate) part: Option<Part>,
}

/// Something that can be picked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) text: String,
    pub(crate) note: String,
    /// By what it is found.
    pub(crate) words: String,
    pub(crate) act: Act,
}

/// A text that is being written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Writing {
    pub(crate) title: String,
    /// What it is about.
    pub(crate) above: Vec<(Tone, String)>,
    pub(crate) editor: Editor,
    pub(crate) purpose: Purpose,
    /// So many lines of what it is about are scrolled away.
    pub(crate) scroll: usize,
}

/// What becomes of a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Purpose {
    /// The answer to one of the questions; those given before stand in the request.
    Words { questions: Vec<owt_api::Question>, answer: owt_api::Answer },
    /// The reason of a refusal; none is fine.
    Reason(owt_api::Answer),
    /// What an agent is to be started on.
    Task(Box<owt_api::NewWorkspace>),
    /// A message.
    Message(owt_api::SendMessage),
    /// What an agent is told when its session is taken up again; nothing is fine.
    Resume(owt_api::ResumeSession),
    /// A line of the command line.
    Command,
}

/// A few ways on, each by a key.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) title: String,
    pub(crate) lines: Vec<(Tone, String)>,
    pub(crate) ways: Vec<Way>,
    /// The look ahead that this waits for, and at whose work.
    pub(crate) awaits: Option<(Ticket, owt_api::Selector)>,
    /// The train that this shows, by its id.
    pub(crate) train: Option<String>,
    pub(crate) scroll: usize,
    /// Until then no way on is taken: it has to be read first.
    pub(crate) to_read: Option<Timestamp>,
}

/// One way on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Way {
    pub(crate) key: Key,
    pub(crate) words: &'static str,
    pub(crate) act: Act,
}

impl Choice {
    pub(crate) fn new(title: String, lines: Vec<(Tone, String)>) -> Self {
        Self { title, lines, ways: Vec::new(), awaits: None, train: None, scroll: 0, to_read: None }
    }

    /// Whether this key is a way on that comes too soon.
    pub(crate) fn is_too_soon(&self, key: Key, now: Timestamp) -> bool {
        self.to_read.is_some_and(|moment| now < moment) && self.ways.iter().any(|way| way.key == key)
    }

    /// Whether this key allows what has not been shown to its end: it shows more of it instead.
    pub(crate) fn goes_on_reading(&mut self, key: Key, end: usize) -> bool {
        let is_unread = self.to_read.is_some() && key == Key::plain(Code::Char('y')) && self.scroll < end;
        if is_unread {
            self.scroll = self.scroll.saturating_add_signed(PAGE).min(end);
        }
        is_unread
    }

    pub(crate) fn way(mut self, letter: char, words: &'static str, act: Act) -> Self {
        self.ways.push(Way { key: Key::plain(Code::Char(letter)), words, act });
        self
    }

    fn take(&mut self, key: Key) -> Taken {
        if let Some(way) = self.ways.iter().find(|way| way.key == key) {
            return Taken::Acts(way.act.clone());
        }
        if let Some(lines) = lines_of(key) {
            self.scroll = self.scroll.saturating_add_signed(lines);
            return Taken::Kept;
        }
        match key.code {
            // What only tells something goes with any key; what decides goes with a clear one.
            Code::Esc | Code::Char('q') => return Taken::Acts(Act::Close),
            Code::Enter if self.ways.is_empty() => return Taken::Acts(Act::Close),
            _ => {}
        }
        Taken::Kept
    }
}

impl Picker {
    pub(crate) const fn new(title: &'static str, items: Vec<Item>) -> Self {
        Self { title, items, editor: Editor::empty(), chosen: 0, part: None }
    }

    /// Those that fit what was typed.
    pub(crate) fn found(&self) -> Vec<&Item> {
        let typed = self.editor.text().to_lowercase();
        let wanted: Vec<&str> = typed.split_whitespace().collect();
        let fits = |item: &&Item| {
            let words = item.words.to_lowercase();
            wanted.iter().all(|wanted| words.contains(wanted) || is_scattered(wanted, &words))
        };
        let mut found: Vec<&Item> = self.items.iter().filter(fits).collect();
        // Whole words come before letters that are scattered, what is to be seen before what is not.
        let whole = |text: &str| {
            let text = text.to_lowercase();
            wanted.iter().all(|wanted| text.contains(wanted))
        };
        let scattered = |text: &str| wanted.iter().all(|wanted| is_scattered(wanted, &text.to_lowercase()));
        found.sort_by_key(|item| (!whole(&item.text), !whole(&item.words), !scattered(&item.text)));
        found
    }

    fn take(&mut self, key: Key) -> Taken {
        match (key.code, key.ctrl) {
            (Code::Esc, _) | (Code::Char('c'), true) => return Taken::Acts(Act::Close),
            (Code::Enter, _) => {
                let picked = self.found().get(self.chosen).map(|item| item.act.clone());
                return picked.map_or(Taken::Kept, Taken::Acts);
            }
            (Code::Down, _) | (Code::Char('n'), true) => self.chosen += 1,
            (Code::Up, _) | (Code::Char('p'), true) => self.chosen = self.chosen.saturating_sub(1),
            _ => {
                if self.editor.take(key) {
                    self.chosen = 0;
                }
            }
        }
        self.chosen = self.chosen.min(self.found().len().saturating_sub(1));
        Taken::Kept
    }
}

/// Whether the letters stand in the text in this order.
fn is_scattered(letters: &str, text: &str) -> bool {
    let mut rest = text.chars();
    letters.chars().all(|letter| rest.any(|other| other == letter))
}

impl Writing {
    fn take(&mut self, key: Key) -> Taken {
        match (key.code, key.ctrl, key.alt) {
            (Code::Esc, ..) | (Code::Char('c'), true, _) => Taken::Acts(Act::Close),
            (Code::Enter, false, false) => self.written().map_or(Taken::Kept, Taken::Acts),
            (Code::Char(letter), false, true) if self.part(letter).is_some() => {
                self.part(letter).map_or(Taken::Kept, Taken::Picks)
            }
            (Code::PageDown | Code::Down, ..) => self.scrolled(1),
            (Code::PageUp | Code::Up, ..) => self.scrolled(-1),
            _ => {
                self.editor.take(key);
                Taken::Kept
            }
        }
    }

    /// Of what it is about another part is shown.
    const fn scrolled(&mut self, lines: isize) -> Taken {
        self.scroll = self.scroll.saturating_add_signed(lines);
        Taken::Kept
    }

    fn keys(&self) -> Vec<(String, &'static str)> {
        if self.purpose == Purpose::Command {
            return vec![("enter".to_owned(), "run it")];
        }
        let mut keys = vec![("enter".to_owned(), "send"), ("alt-enter".to_owned(), "new line")];
        keys.extend(self.parts().iter().map(|part| (part.key().to_string(), part.word())));
        keys
    }

    /// What can be picked for it, in the order of the lines above it.
    pub(crate) const fn parts(&self) -> &'static [Part] {
        match self.purpose {
            Purpose::Task(_) => &Part::ALL,
            _ => &[],
        }
    }

    /// What of a task this letter picks.
    fn part(&self, letter: char) -> Option<Part> {
        self.parts().iter().copied().find(|part| part.letter() == letter)
    }

    /// What a finished text leads to; an empty message leads nowhere.
    fn written(&self) -> Option<Act> {
        let text = self.editor.text().trim().to_owned();
        let name = |answer: &owt_api::Answer| answer.workspace.name.clone();
        match &self.purpose {
            Purpose::Message(_) | Purpose::Task(_) | Purpose::Words { .. } | Purpose::Command
                if text.is_empty() =>
            {
                None
            }
            Purpose::Command => Some(Act::Run(text)),
            Purpose::Task(wanted) => {
                let wanted = owt_api::NewWorkspace { task: Some(text), ..(**wanted).clone() };
                Some(Act::Do(Box::new(Deed::New(Box::new(wanted))), "starting".to_owned()))
            }
            Purpose::Message(message) => {
                let message = owt_api::SendMessage { text, ..message.clone() };
                Some(Act::Do(Box::new(Deed::Send(message)), "sending".to_owned()))
            }
            Purpose::Resume(resume) => {
                let message = Some(text).filter(|text| !text.is_empty());
                let resume = owt_api::ResumeSession { message, ..resume.clone() };
                Some(Act::Do(Box::new(Deed::Resume(resume)), "taking its session up again".to_owned()))
            }
            Purpose::Reason(answer) => {
                let given = owt_api::Given::Deny { reason: Some(text).filter(|text| !text.is_empty()) };
                let answer = owt_api::Answer { given, ..answer.clone() };
                let doing = format!("denying what {} asks", name(&answer));
                Some(Act::Do(Box::new(Deed::Answer(answer)), doing))
            }
            Purpose::Words { questions, answer } => Some(self.next_question(questions, answer, text)),
        }
    }

    fn next_question(&self, questions: &[owt_api::Question], answer: &owt_api::Answer, text: String) -> Act {
        let mut words = match &answer.given {
            owt_api::Given::Words(words) => words.clone(),
            _ => Vec::new(),
        };
        words.push(text);
        let answered = words.len();
        let answer = owt_api::Answer { given: owt_api::Given::Words(words), ..answer.clone() };
        match questions.get(answered) {
            None => Act::Do(Box::new(Deed::Answer(answer)), "answering".to_owned()),
            Some(_) => Act::Open(Box::new(Layer::Write(Self::question(
                self.title.clone(),
                questions.to_vec(),
                answer,
            )))),
        }
    }

    /// The next of the questions that have no answer yet.
    pub(crate) fn question(
        title: String,
        questions: Vec<owt_api::Question>,
        answer: owt_api::Answer,
    ) -> Self {
        let asked = match &answer.given {
            owt_api::Given::Words(words) => words.len(),
            _ => 0,
        };
        let above = questions.get(asked).map(question_lines).unwrap_or_default();
        let purpose = Purpose::Words { questions, answer };
        Self { title, above, editor: Editor::default(), purpose, scroll: 0 }
    }
}

/// A question with what it offers.
fn question_lines(question: &owt_api::Question) -> Vec<(Tone, String)> {
    let mut lines = vec![(Tone::Warn, question.text.clone())];
    for (number, option) in question.options.iter().enumerate() {
        let described = option.description.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        lines.push((Tone::Plain, format!("  {} {}{described}", number + 1, option.label)));
    }
    let how = match (question.options.is_empty(), question.multi_select, question.free_text) {
        (true, ..) => "your words",
        (_, true, _) => "numbers, with commas between them",
        (_, false, true) => "a number, or words of your own",
        (_, false, false) => "a number",
    };
    lines.push((Tone::Dim, how.to_owned()));
    lines
}

impl Layer {
    pub(crate) fn take(&mut self, key: Key) -> Taken {
        match self {
            Self::Help { scroll, .. } => match lines_of(key) {
                Some(lines) => {
                    *scroll = scroll.saturating_add_signed(lines);
                    Taken::Kept
                }
                None => Taken::Acts(Act::Close),
            },
            Self::Pick(picker) => picker.take(key),
            Self::Write(writing) => writing.take(key),
            Self::Choice(choice) => choice.take(key),
            Self::Review(review) => review.take(key),
        }
    }

    /// How much of it is scrolled away, where that is no more than there is.
    pub(crate) fn scroll_no_further_than(&mut self, end: usize) {
        match self {
            Self::Help { scroll, .. } => *scroll = end.min(*scroll),
            Self::Choice(choice) => choice.scroll = end.min(choice.scroll),
            Self::Write(writing) => writing.scroll = end.min(writing.scroll),
            Self::Pick(_) | Self::Review(_) => {}
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        match self {
            Self::Pick(picker) => {
                picker.editor.insert(&text.replace(['\n', '\r'], " "));
                picker.chosen = 0;
            }
            Self::Write(writing) => writing.editor.insert(text),
            Self::Review(review) => review.paste(text),
            Self::Help { .. } | Self::Choice(_) => {}
        }
    }

    /// Its keys with what they do, for the foot; a review has the whole screen, and tells its own.
    pub(crate) fn keys(&self) -> Vec<(String, &'static str)> {
        let mut keys = match self {
            Self::Review(_) => return Vec::new(),
            Self::Help { .. } => vec![("j k".to_owned(), "scroll")],
            Self::Pick(_) => vec![
                ("a-z".to_owned(), "find"),
                ("↑ ↓".to_owned(), "choose"),
                ("enter".to_owned(), "take it"),
            ],
            Self::Write(writing) => writing.keys(),
            Self::Choice(choice) => choice.ways.iter().map(|way| (way.key.to_string(), way.words)).collect(),
        };
        keys.push(("esc".to_owned(), "close"));
        keys
    }
}
