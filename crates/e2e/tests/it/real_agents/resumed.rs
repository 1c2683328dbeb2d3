//! A lost day with the real agents: each goes on in its own conversation, and nothing is said to it twice.

use std::path::Path;

use owt_process::Cmd;
use owt_testkit::model::LoggedRequest;
use serde_json::Value;

use super::stage::Stage;
use crate::patience::until;

/// One session of the lost day.
struct Session<'a> {
    name: &'a str,
    folder: &'a Path,
    agent: &'a str,
    /// Kind and place.
    flags: &'a [&'a str],
    /// What it was doing.
    prompt: &'a str,
}

/// Words of the sentence that an agent of one prompt is told.
const GO_ON: &str = "ended from outside";

fn data(stage: &Stage, folder: &Path, words: &[&str]) -> Value {
    let json: Vec<&str> = words.iter().copied().chain(["--json"]).collect();
    stage.owt_in(folder, &json).data()
}

impl Session<'_> {
    fn is_headless(&self) -> bool {
        self.flags.contains(&"--headless")
    }

    #[track_caller]
    fn begin(&self, stage: &Stage) {
        let mut words = vec!["new", self.prompt, "--branch", self.name, "--agent", self.agent];
        words.extend(["--model", "gpt-5.5", "--permissions", "bypass"]);
        words.extend(self.flags);
        data(stage, self.folder, &words);
        if self.is_headless() {
            until("the model is asked", || !self.asked(stage).is_empty());
        } else {
            self.until_idle(stage);
        }
    }

    fn show(&self, stage: &Stage) -> Value {
        data(stage, self.folder, &["show", self.name])
    }

    #[track_caller]
    fn until_idle(&self, stage: &Stage) {
        let waited = stage.owt_in(self.folder, &["wait", self.name, "--timeout", "50s", "--json"]);
        assert_eq!(waited.code, 0, "{waited:?}\n{:#}", self.show(stage));
    }

    /// The turns of its conversation that the model was asked for: those that hold its prompt.
    fn asked(&self, stage: &Stage) -> Vec<LoggedRequest> {
        let mut turns = stage.turns();
        turns.retain(|turn| turn.users.iter().any(|user| user.text.contains(self.prompt)));
        turns
    }

    /// What must be the same before and after.
    fn character(&self, stage: &Stage) -> Vec<Value> {
        let shown = self.show(stage);
        let keys = [
            "id",
            "name",
            "kind",
            "branch",
            "path",
            "agent",
            "model",
            "backend",
            "job",
            "task",
            "permissions",
            "context",
        ];
        keys.iter().map(|key| shown[key].clone()).collect()
    }

    /// What each attempt said of itself, oldest first.
    fn of_attempts(&self, stage: &Stage, key: &str) -> Vec<Value> {
        self.show(stage)["attempts"].as_array().unwrap().iter().map(|attempt| attempt[key].clone()).collect()
    }

    /// The arguments of the running program, without those that name conversation and attempt.
    fn arguments(&self, stage: &Stage) -> Vec<String> {
        let path = self.show(stage)["path"].as_str().unwrap().to_owned();
        let conversation = self.of_attempts(stage, "conversation").remove(0);
        let ids = self.of_attempts(stage, "id");
        let attempt = ids.last().unwrap().as_str().unwrap();
        let naming = ["resume", "--resume", "--session-id"];
        let words = stage.agent_arguments(self.agent, Path::new(&path)).into_iter();
        let mut words: Vec<String> = words
            .filter(|word| !naming.contains(&word.as_str()) && conversation != word.as_str())
            .map(|word| word.replace(attempt, "ATTEMPT"))
            .collect();
        words.sort();
        words
    }

    /// It was taken up, has its earlier turns before it, and each thing was said to it once.
    #[track_caller]
    fn assert_goes_on(&self, stage: &Stage, before: &[Value], asked: usize) {
        assert_eq!(self.character(stage), before);
        let expected =
            if self.is_headless() { GO_ON.to_owned() } else { "[[scn:default]] And now?".to_owned() };
        if !self.is_headless() {
            assert_eq!(self.asked(stage).len(), asked, "nothing is said by itself");
            let sent =
                data(stage, self.folder, &["send", self.name, &expected, "--wait", "--timeout", "50s"]);
            assert_eq!(sent["state"], "observed", "{sent:#}");
            self.until_idle(stage);
        }
        let turns = self.asked(stage);
        assert!(turns.len() > asked, "{}: {:#?}", self.name, stage.turns().last());
        for turn in &turns[asked..] {
            let said = |text: &str| turn.users.iter().filter(|user| user.text.contains(text)).count();
            assert_eq!((said(self.prompt), said(&expected)), (1, 1), "{:#?}", turn.users);
        }
        if self.is_headless() {
            let path = self.show(stage)["path"].as_str().unwrap().to_owned();
            let git = Cmd::new("git").args(["log", "--format=%s", "main..HEAD"]).current_dir(path);
            assert_eq!(stage.run(git), "Add hello");
        }
        let conversations = self.of_attempts(stage, "conversation");
        assert_eq!((conversations.len(), &conversations[0]), (2, &conversations[1]));
        assert!(conversations[0].is_string());
    }
}

#[track_caller]
fn lose_a_day_and_take_it_up(stage: &Stage, sessions: &[Session<'_>]) {
    sessions.iter().for_each(|session| session.begin(stage));
    let before: Vec<_> =
        sessions.iter().map(|session| (session.character(stage), session.arguments(stage))).collect();
    stage.restart_the_machine();
    // Whoever was at work went on asking until then.
    let asked: Vec<usize> = sessions.iter().map(|session| session.asked(stage).len()).collect();
    let elsewhere = stage.home_folder();
    let resumed = data(stage, &elsewhere, &["resume", "--all"]);
    let outcomes: Vec<_> = resumed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str(), one["outcome"].as_str()))
        .collect();
    let expected: Vec<_> = sessions.iter().map(|session| (Some(session.name), Some("resumed"))).collect();
    assert_eq!(outcomes, expected, "{resumed:#}");
    for ((session, (character, arguments)), asked) in sessions.iter().zip(&before).zip(asked) {
        session.until_idle(stage);
        if !session.is_headless() {
            assert_eq!(session.arguments(stage), *arguments, "{}", session.name);
        }
        session.assert_goes_on(stage, character, asked);
    }
    assert_eq!(data(stage, &elsewhere, &["resume", "--all"]), serde_json::json!([]));
}

#[test]
fn claude_code_goes_on_where_the_machine_stopped() {
    let Some(stage) = Stage::open() else { return };
    let (here, other) = (stage.repository(), stage.clone_to("other"));
    lose_a_day_and_take_it_up(
        &stage,
        &[
            Session {
                name: "talk",
                folder: &here,
                agent: "claude",
                flags: &["--structured"],
                prompt: "[[scn:commit]] Add a greeting in talk",
            },
            Session {
                name: "screen",
                folder: &other,
                agent: "claude",
                flags: &["--tmux"],
                prompt: "[[scn:default]] Look around in screen",
            },
            Session {
                name: "here",
                folder: &other,
                agent: "claude",
                flags: &["--tmux", "--in-place"],
                prompt: "[[scn:edit]] Add a greeting in here",
            },
            Session {
                name: "cut",
                folder: &here,
                agent: "claude",
                flags: &["--headless"],
                prompt: "[[scn:slow-work]] Add a greeting in cut",
            },
        ],
    );
}

#[test]
fn codex_goes_on_where_the_machine_stopped() {
    let Some(stage) = Stage::open() else { return };
    let (here, other) = (stage.repository(), stage.clone_to("other"));
    lose_a_day_and_take_it_up(
        &stage,
        &[
            Session {
                name: "screen",
                folder: &here,
                agent: "codex",
                flags: &["--tmux"],
                prompt: "[[scn:commit]] Add a greeting in screen",
            },
            Session {
                name: "here",
                folder: &other,
                agent: "codex",
                flags: &["--tmux", "--in-place"],
                prompt: "[[scn:default]] Look around in here",
            },
            Session {
                name: "cut",
                folder: &here,
                agent: "codex",
                flags: &["--headless"],
                prompt: "[[scn:slow-work]] Add a greeting in cut",
            },
        ],
    );
}
