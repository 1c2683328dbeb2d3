//! One turn: from a prompt to the last word, whoever listens.

use std::time::Duration;

use owt_agents::events::ErrorClass;
use owt_agents::events::ToolOutcome;
use owt_core::Permissions;
use owt_core::briefing::NOTES_MARK;
use owt_ports::Clock as _;
use owt_store::system::SystemClock;
use serde_json::Value;
use serde_json::json;

use super::directive::Directed;
use super::directive::Directive;
use super::directive::directed;
use super::face::Ended;
use super::face::Face;
use super::face::Halt;
use super::face::Outcome;
use super::face::Reply;
use super::face::Report;
use super::face::Request;
use super::face::ToolUse;
use super::pace::Effort;
use super::pace::Pace;
use super::plan::Notes;
use super::plan::Plan;
use super::plan::plan;
use super::workplace::Committed;
use super::workplace::WorkError;
use super::workplace::Workplace;

/// How long a stall sleeps at a time: the face listens meanwhile.
const STALL: Duration = Duration::from_secs(3600);

/// What the agent may do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Liberty {
    /// As the level says.
    Act(Permissions),
    /// Plan, and change nothing.
    Plan,
}

/// Why a turn ends before its last step.
enum Stop {
    /// As the face wants it.
    Halt(Halt),
    /// The person said no, for this reason.
    Refused(String),
    /// Something failed.
    Failed(ErrorClass, String),
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        Self::Halt(halt)
    }
}

impl From<WorkError> for Stop {
    fn from(error: WorkError) -> Self {
        Self::Failed(ErrorClass::Other, error.to_string())
    }
}

/// Does what a prompt asks for.
///
/// # Errors
/// When the program is to end at once; a turn that was interrupted or failed is an [`Ended`] like any other.
pub(super) fn carry_out(
    prompt: &str,
    liberty: Liberty,
    pace: Pace,
    place: &Workplace,
    face: &mut dyn Face,
) -> Result<Ended, Halt> {
    let Directed { task, directives, unknown } = directed(prompt);
    let read = tokens(prompt);
    let mut turn =
        Turn { task, directives, liberty, pace, place, face, steps: 0, tools: 0, read, written: 0 };
    let end = turn.misunderstood(&unknown).and_then(|()| turn.work());
    let (outcome, text) = match end {
        Ok(text) => (Outcome::Completed, text),
        Err(Stop::Refused(reason)) => (Outcome::Completed, format!("I was not allowed to go on: {reason}")),
        Err(Stop::Failed(class, message)) => (Outcome::Failed(class), message),
        Err(Stop::Halt(Halt::Interrupted)) => (Outcome::Interrupted, "I was interrupted.".to_owned()),
        Err(Stop::Halt(halt)) => return Err(halt),
    };
    let Turn { face, read, mut written, .. } = turn;
    match outcome {
        Outcome::Failed(class) => face.tell(&Report::Failed { class, message: &text })?,
        Outcome::Completed | Outcome::Interrupted => face.tell(&Report::Said(&text))?,
    }
    written += tokens(&text);
    Ok(Ended { outcome, text, read, written })
}

/// About four characters a token.
fn tokens(text: &str) -> usize {
    text.chars().count().div_ceil(4)
}

struct Turn<'a> {
    task: String,
    directives: Vec<Directive>,
    liberty: Liberty,
    pace: Pace,
    place: &'a Workplace,
    face: &'a mut dyn Face,
    steps: u32,
    tools: u32,
    read: usize,
    written: usize,
}

impl Turn<'_> {
    fn misunderstood(&mut self, unknown: &[String]) -> Result<(), Stop> {
        for text in unknown {
            self.say(&format!("{text} means nothing to me. {}", Directive::HELP))?;
        }
        Ok(())
    }

    /// All of it; the last words.
    fn work(&mut self) -> Result<String, Stop> {
        if self.directives.contains(&Directive::Nothing) {
            return Ok(String::new());
        }
        if self.task.starts_with(NOTES_MARK) {
            return Ok("Noted; there is nothing to do about it.".to_owned());
        }
        self.rest(Effort::Thought)?;
        self.look_around()?;
        self.misbehave()?;
        let notes = self.wanted_notes()?;
        let plan = plan(&self.task, notes, &|path| self.place.has(path));
        let names: Vec<&str> = plan.files.iter().map(|file| file.path.as_str()).collect();
        self.say(&format!("The plan for \"{}\": write {}, then commit them.", plan.title, listed(&names)))?;
        self.rest(Effort::Thought)?;
        if self.liberty == Liberty::Plan {
            return Ok("That is the plan. I have changed nothing.".to_owned());
        }
        let mut paths = self.write(&plan)?;
        paths.extend(self.edit(&plan.title)?);
        if self.directives.contains(&Directive::Dirty) {
            return Ok(format!("Done, and left uncommitted: {}.", listed(&paths)));
        }
        self.commit(&paths, &plan.title)
    }

    fn look_around(&mut self) -> Result<(), Stop> {
        let place = self.place;
        self.use_tool("List", ".".to_owned(), Effort::Glance, || {
            place.entries().map(|count| format!("{count} entries"))
        })
        .map(drop)
    }

    fn misbehave(&mut self) -> Result<(), Stop> {
        for directive in self.directives.clone() {
            match directive {
                Directive::Crash(code) => return Err(Stop::Halt(Halt::Leave(code))),
                Directive::Wait(span) => self.face.pause(span)?,
                Directive::Stall => loop {
                    self.face.pause(STALL)?;
                },
                Directive::Resets(span) => {
                    let ends = SystemClock.now().plus(span).as_millis();
                    self.face.tell(&Report::Limited { resets_at: (ends + 999) / 1000 })?;
                }
                Directive::Cost(dollars) => self.face.tell(&Report::Cost { dollars })?,
                Directive::Nothing
                | Directive::Ask
                | Directive::Question
                | Directive::Dirty
                | Directive::Edit(_)
                | Directive::Fail(_) => {}
            }
        }
        let failing = self.directives.iter().find_map(|directive| match directive {
            Directive::Fail(class) => Some(*class),
            _ => None,
        });
        failing.map_or(Ok(()), |class| Err(Stop::Failed(class, failure(class))))
    }

    fn wanted_notes(&mut self) -> Result<Notes, Stop> {
        if !self.directives.contains(&Directive::Question) {
            return Ok(Notes::Short);
        }
        let question = Request::Question { question: "Short or long notes?", options: ["short", "long"] };
        Ok(match self.face.ask(&question)? {
            Reply::Yes(words) if words.to_lowercase().contains("long") => Notes::Long,
            Reply::Yes(_) | Reply::No(_) => Notes::Short,
        })
    }

    fn write(&mut self, plan: &Plan) -> Result<Vec<String>, Stop> {
        let paths: Vec<String> = plan.files.iter().map(|file| file.path.clone()).collect();
        let what = format!("write {}", listed(&paths));
        self.permit("Write", what, json!({"path": paths[0], "paths": paths}))?;
        let place = self.place;
        for file in &plan.files {
            self.use_tool("Write", file.path.clone(), Effort::Writing, || {
                place.make(file).map(|()| format!("{} lines", file.content.lines().count()))
            })?;
            self.written += tokens(&file.content);
        }
        Ok(paths)
    }

    fn edit(&mut self, title: &str) -> Result<Vec<String>, Stop> {
        let wanted = self.directives.iter().filter_map(|directive| match directive {
            Directive::Edit(path) => Some(path.clone()),
            _ => None,
        });
        let paths: Vec<String> = wanted.collect();
        let place = self.place;
        for path in &paths {
            self.use_tool("Edit", path.clone(), Effort::Writing, || {
                place.append(path, title).map(|()| "1 line more".to_owned())
            })?;
        }
        Ok(paths)
    }

    fn commit(&mut self, paths: &[String], title: &str) -> Result<String, Stop> {
        let command = format!("git commit -m \"{title}\" -- {}", paths.join(" "));
        self.permit("Bash", format!("run {command}"), json!({"command": command}))?;
        let place = self.place;
        let committed = self.use_tool("Bash", command, Effort::Glance, || {
            place.commit(paths, title).map(|committed| match committed {
                Committed::As(id) => format!("committed as {id}"),
                Committed::NoRepository => "not committed: the folder is in no repository".to_owned(),
            })
        })?;
        Ok(format!("Done: wrote {}, {committed}.", listed(paths)))
    }

    /// Asks where the level, or the prompt, wants to be asked.
    fn permit(&mut self, tool: &'static str, what: String, input: Value) -> Result<(), Stop> {
        let asks =
            self.liberty == Liberty::Act(Permissions::Ask) || self.directives.contains(&Directive::Ask);
        if !asks {
            return Ok(());
        }
        match self.face.ask(&Request::Permission { tool, what, input })? {
            Reply::Yes(_) => Ok(()),
            Reply::No(reason) => Err(Stop::Refused(reason)),
        }
    }

    fn use_tool(
        &mut self,
        tool: &'static str,
        summary: String,
        effort: Effort,
        act: impl FnOnce() -> Result<String, WorkError>,
    ) -> Result<String, Stop> {
        self.tools += 1;
        let tool = ToolUse { number: self.tools, tool, summary };
        self.face.tell(&Report::ToolStarted(&tool))?;
        self.rest(effort)?;
        let done = act();
        let (outcome, said) = match &done {
            Ok(said) => (ToolOutcome::Done, said.clone()),
            Err(error) => (ToolOutcome::Failed, error.to_string()),
        };
        self.read += tokens(&said);
        self.face.tell(&Report::ToolEnded { tool: &tool, outcome, said: &said })?;
        Ok(done?)
    }

    fn say(&mut self, text: &str) -> Result<(), Stop> {
        self.written += tokens(text);
        Ok(self.face.tell(&Report::Said(text))?)
    }

    fn rest(&mut self, effort: Effort) -> Result<(), Stop> {
        self.steps += 1;
        Ok(self.face.pause(self.pace.span(effort, self.steps))?)
    }
}

/// What a provider says when it fails like that, so that whoever reads the words comes to the same class.
fn failure(class: ErrorClass) -> String {
    match class {
        ErrorClass::RateLimit => "429 too many requests: the demo agent was told to fail".to_owned(),
        ErrorClass::Overloaded => "529 overloaded: the demo agent was told to fail".to_owned(),
        class => format!("the demo agent was told to fail ({class})"),
    }
}

fn listed<S: AsRef<str>>(paths: &[S]) -> String {
    match paths {
        [] => "nothing".to_owned(),
        [only] => only.as_ref().to_owned(),
        [first, second] => format!("{} and {}", first.as_ref(), second.as_ref()),
        [first, rest @ ..] => format!("{} and {} more files", first.as_ref(), rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use owt_core::briefing::Quote;
    use owt_core::briefing::note_message;

    use super::*;
    use crate::demo_agent::sample::ScriptedFace;
    use crate::demo_agent::sample::git;
    use crate::demo_agent::sample::repository;

    fn turn(
        prompt: &str,
        liberty: Liberty,
        face: &mut ScriptedFace,
    ) -> (tempfile::TempDir, Result<Ended, Halt>) {
        let (folder, place) = repository();
        let ended = carry_out(prompt, liberty, Pace::read(Some("0"), "x").unwrap(), &place, face);
        (folder, ended)
    }

    const EDITS: Liberty = Liberty::Act(Permissions::Edits);
    const ASK: Liberty = Liberty::Act(Permissions::Ask);

    #[test]
    fn a_task_becomes_one_commit_of_its_files() {
        let mut face = ScriptedFace::default();
        let (folder, ended) = turn("Add a greeting", EDITS, &mut face);
        let ended = ended.unwrap();
        assert_eq!(ended.outcome, Outcome::Completed);
        assert!(ended.text.starts_with("Done: wrote demo/add-greeting.md and 2 more files, committed as "));
        assert!(ended.read > 0 && ended.written > ended.read);
        assert_eq!(git(folder.path(), &["log", "--format=%s", "main"]), "Add a greeting\nFirst");
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
        assert_eq!(face.tools(), ["List", "Write", "Write", "Write", "Bash"]);
        assert_eq!(face.asked, []);
    }

    #[test]
    fn a_note_is_no_task() {
        let mut face = ScriptedFace::default();
        let quote = Quote { source: "the person".to_owned(), text: "Write tests, please".to_owned() };
        let (folder, ended) = turn(&note_message(&[quote]), EDITS, &mut face);
        assert_eq!(ended.unwrap().text, "Noted; there is nothing to do about it.");
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
        assert_eq!(face.tools(), [""; 0]);
    }

    #[test]
    fn it_asks_before_it_writes_and_before_it_commits() {
        let mut face = ScriptedFace::answering([Reply::Yes(String::new()), Reply::Yes(String::new())]);
        let (folder, ended) = turn("Add a greeting", ASK, &mut face);
        assert_eq!(ended.unwrap().outcome, Outcome::Completed);
        assert_eq!(face.asked.len(), 2);
        assert_eq!(git(folder.path(), &["log", "--format=%s", "-1"]), "Add a greeting");
    }

    #[test]
    fn no_means_no() {
        let mut face = ScriptedFace::answering([Reply::No("wait for me".to_owned())]);
        let (folder, ended) = turn("Add a greeting", ASK, &mut face);
        let ended = ended.unwrap();
        assert_eq!(ended.outcome, Outcome::Completed);
        assert_eq!(ended.text, "I was not allowed to go on: wait for me");
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
        let mut face = ScriptedFace::answering([Reply::Yes(String::new()), Reply::No("no".to_owned())]);
        let (folder, _) = turn("Add a greeting", ASK, &mut face);
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "?? demo/");
    }

    #[test]
    fn a_plan_changes_nothing() {
        let mut face = ScriptedFace::default();
        let (folder, ended) = turn("Add a greeting", Liberty::Plan, &mut face);
        assert_eq!(ended.unwrap().text, "That is the plan. I have changed nothing.");
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
    }

    #[test]
    fn it_does_what_its_directives_say() {
        let mut face = ScriptedFace::default();
        let (_, ended) = turn("x [[demo:fail=rate_limit]]", EDITS, &mut face);
        let ended = ended.unwrap();
        assert_eq!(ended.outcome, Outcome::Failed(ErrorClass::RateLimit));
        assert!(!ended.text.is_empty());

        let (_, ended) = turn("x [[demo:crash=3]]", EDITS, &mut ScriptedFace::default());
        assert!(matches!(ended, Err(Halt::Leave(3))));

        let (_, ended) = turn("x [[demo:stall]]", EDITS, &mut ScriptedFace::interrupting_pause(4));
        assert_eq!(ended.unwrap().outcome, Outcome::Interrupted);

        let (folder, ended) = turn("x y [[demo:dirty]]", EDITS, &mut ScriptedFace::default());
        assert!(ended.unwrap().text.contains("left uncommitted"));
        assert_eq!(git(folder.path(), &["status", "--porcelain"]), "?? demo/");

        let (folder, _) = turn("x y [[demo:edit=README.md]]", EDITS, &mut ScriptedFace::default());
        assert_eq!(git(folder.path(), &["show", "HEAD:README.md"]), "A sample\nx y");

        let mut face = ScriptedFace::answering([Reply::Yes("the long ones".to_owned())]);
        let (folder, _) = turn("x y [[demo:question]]", EDITS, &mut face);
        assert!(git(folder.path(), &["show", "HEAD:demo/x-y.md"]).contains("> x y"));

        let mut face = ScriptedFace::answering([Reply::No("no".to_owned())]);
        let (_, _) = turn("x y [[demo:ask]]", Liberty::Act(Permissions::Bypass), &mut face);
        assert_eq!(face.asked.len(), 1);

        let mut face = ScriptedFace::default();
        let (_, _) = turn("x [[demo:stal]]", EDITS, &mut face);
        assert!(face.said[0].starts_with("[[demo:stal]] means nothing to me."));
    }

    #[test]
    fn a_pause_that_is_asked_for_does_not_follow_the_pace() {
        let mut face = ScriptedFace::default();
        let (_, _) = turn("x [[demo:wait=7]]", EDITS, &mut face);
        assert_eq!(face.paused, Duration::from_secs(7));
    }

    #[test]
    fn a_second_task_of_the_same_name_takes_another_file() {
        let (folder, place) = repository();
        let pace = Pace::read(Some("0"), "x").unwrap();
        for _ in 0..2 {
            carry_out("Greet all", EDITS, pace, &place, &mut ScriptedFace::default()).unwrap();
        }
        let files = git(folder.path(), &["ls-files", "demo/*.md"]);
        assert_eq!(files, "demo/greet-all-2.md\ndemo/greet-all.md");
    }

    #[test]
    fn failing_work_fails_the_turn_in_its_own_words() {
        let mut face = ScriptedFace::default();
        let (_, ended) = turn("x [[demo:edit=../out]]", EDITS, &mut face);
        let ended = ended.unwrap();
        assert_eq!(ended.outcome, Outcome::Failed(ErrorClass::Other));
        assert_eq!(ended.text, "'../out' is no path inside the workspace");
        assert!(face.failed);
    }
}
