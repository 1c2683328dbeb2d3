//! What every agent does that speaks a machine protocol.

use owt_testkit::model::LoggedRequest;

use super::stage::Stage;
use super::workspace::Workspace;
use crate::patience::until;
use crate::patience::until_at_last;

/// At `ask` it asks for an edit and a command, `tools` in its own words, takes answers and messages, and goes on with
/// its conversation in another process.
#[track_caller]
pub(super) fn asks_and_takes_answers_and_messages(stage: &Stage, agent: &str, tools: [&str; 2]) {
    let witness = stage.witness();
    // It commits, or owt does with the title, where its sandbox was too quick.
    let options = ["--structured", "--title", "Add hello"];
    let work = Workspace::start(stage, "s1", agent, options, "[[scn:commit]] Add a greeting");
    for tool in tools {
        let waited = work.wait();
        assert_eq!(waited.code, 4, "{waited:?}\n{:#}\n{}", work.show(), work.logs());
        let shown = work.show();
        assert_eq!(shown["status"], "waiting_permission", "{shown:#}");
        assert_eq!(shown["pending"][0]["tool"], tool, "{shown:#}");
        let answered = stage.owt(["answer", work.name, "allow"]);
        assert_eq!(answered.code, 0, "{answered:?}");
    }
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    work.assert_told_to_have_changed("hello.txt");
    let sent = stage.owt(["send", work.name, "[[scn:default]] And now?", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    work.assert_committed("Add hello", "idle", 1);
    stage.assert_played_once("commit", 3);
    stage.assert_played_once("default", 1);
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    // What it left, if anything, is committed first.
    work.wait_done();
    assert_eq!(work.listed()["session"].as_str(), None);
    until_at_last("its conversation can be taken up", || {
        let resumed = stage.owt(["resume", work.name, "[[scn:edit-more]] Once more", "--json"]);
        // One that would be lost yet is refused.
        assert!(resumed.code == 0 || resumed.json()["error"]["code"] == "cannot_resume", "{resumed:?}");
        resumed.code == 0
    });
    assert_eq!(work.wait().code, 4, "{:#}", work.show());
    assert_eq!(work.show()["status"], "waiting_permission", "{:#}", work.show());
    let last = stage.turns().pop().expect("a turn");
    assert!(last.users.iter().any(|user| user.text.contains("[[scn:commit]] Add a greeting")), "{last:#?}");
    let refused = stage.owt(["answer", work.name, "deny"]);
    assert_eq!(refused.code, 0, "{refused:?}\n{:#}\n{}", work.show(), work.logs());
    until("the refusal is taken", || work.show()["status"] != "waiting_permission");
    assert_eq!(stage.prompts("edit-more").len(), 1);
    // Some put a time before it, or say where they are behind it.
    assert!(last.users.iter().any(|user| user.text.ends_with("[[scn:edit-more]] Once more")), "{last:#?}");
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    assert_eq!(work.git(&["log", "--format=%s", "main..HEAD"]), "Add hello");
    // Qwen Code 0.15.10 notes on its commit what it wrote.
    let moved = ["refs/heads/s1", "refs/notes/ai-attribution"];
    witness.assert_untouched(if agent == "qwen" { &moved } else { &moved[..1] });
}

/// Its conversation moves into a terminal and back, a turn that runs is interrupted in both, and every message arrives
/// once. `level` is one that it can be held to in both.
#[track_caller]
pub(super) fn moves_into_a_terminal_and_back(stage: &Stage, agent: &str, level: &str) {
    let options = ["--structured", "--permissions", level, "--no-context"];
    let work = Workspace::start(stage, "m1", agent, options, "[[scn:long-word]] First");
    until("its turn to run", || work.show()["status"] == "working" && !stage.turns().is_empty());
    assert_eq!(stage.owt(["send", work.name, "[[scn:default]] Second"]).code, 0);
    stage.owt(["resume", work.name, "--pty", "--json"]).refused(3, "agent_working");
    let interrupted = stage.owt(["interrupt", work.name, "--json"]);
    assert_eq!(interrupted.data()["was_working"], true, "{interrupted:?}");
    until("what waited to be answered", || stage.prompts("default").len() == 1);
    work.wait_done();
    assert_eq!(work.show()["attempts"].as_array().map(Vec::len), Some(1), "{:#}", work.show());

    let moved = stage.owt(["resume", work.name, "--pty", "--json"]);
    assert_eq!((moved.code, &moved.data()[0]["backend"]), (0, &"pty".into()), "{moved:?}");
    until_at_last("it to be ready there", || work.show()["status"] == "idle");
    assert_eq!(stage.owt(["send", work.name, "[[scn:default]] Third", "--json"]).code, 0);
    until_at_last("the third to be answered", || stage.prompts("default").len() == 2);
    until_at_last("it to be ready again", || work.show()["status"] == "idle");
    assert_eq!(stage.owt(["send", work.name, "[[scn:long-word]] Fourth", "--json"]).code, 0);
    until_at_last("the fourth to be asked", || stage.prompts("long-word").len() == 2);
    until_at_last("its turn to be seen", || work.show()["status"] == "working");
    let interrupted = stage.owt(["interrupt", work.name, "--json"]);
    assert_eq!((interrupted.code, &interrupted.data()["was_working"]), (0, &true.into()), "{interrupted:?}");

    let back = stage.owt(["resume", work.name, "--structured", "[[scn:default]] Fifth", "--json"]);
    assert_eq!((back.code, &back.data()[0]["backend"]), (0, &"structured".into()), "{back:?}");
    until("the fifth to be answered", || stage.prompts("default").len() == 3);
    work.wait_done();
    let said = ["Second", "Third", "Fifth"].map(|word| format!("[[scn:default]] {word}"));
    assert_eq!(stage.prompts("default"), said);
    let shown = work.show();
    let talks: Vec<&serde_json::Value> =
        shown["attempts"].as_array().unwrap().iter().map(|it| &it["conversation"]).collect();
    // Not every program names its conversation in a terminal; the next one is then the one before, and the messages say it.
    let named: Vec<_> = talks.iter().filter(|talk| talk.is_string()).collect();
    assert!(talks.len() == 3 && talks[2].is_string(), "{shown:#}");
    assert!(named.iter().all(|talk| ***talk == *talks[0]), "{shown:#}");
    let last = stage.turns().pop().expect("a turn");
    assert!(last.users.iter().any(|user| user.text.contains("[[scn:long-word]] First")), "{last:#?}");
}

/// What it is refused is not done and it hears why; a turn that runs is cancelled, and its process takes the next message.
#[track_caller]
pub(super) fn hears_why_it_was_refused_and_is_interrupted(stage: &Stage, agent: &str, level: &str) {
    let options = ["--structured", "--permissions", level, "--no-context"];
    let work = Workspace::start(stage, "r1", agent, options, "[[scn:edit]] Add a greeting");
    let waited = work.wait();
    assert_eq!(waited.code, 4, "{waited:?}\n{:#}\n{}", work.show(), work.logs());
    let answered = stage.owt(["answer", work.name, "deny", "--message", "not that file"]);
    assert_eq!(answered.code, 0, "{answered:?}\n{}", work.logs());
    let heard = || {
        let of_turn = |turn: LoggedRequest| {
            turn.users.iter().filter(|user| user.text.contains("not that file")).count()
        };
        stage.turns().into_iter().map(of_turn).max().unwrap_or(0)
    };
    until("the reason to reach the model", || heard() > 0);
    work.wait_done();
    assert_eq!(heard(), 1, "{:#?}", stage.turns());
    assert!(!work.path().join("hello.txt").exists());
    is_interrupted_and_goes_on(stage, &work);
}

/// A turn that runs is cancelled, and its process takes the next message.
#[track_caller]
pub(super) fn is_interrupted_and_goes_on(stage: &Stage, work: &Workspace<'_>) {
    assert_eq!(stage.owt(["send", work.name, "[[scn:long-word]] Think"]).code, 0);
    until("its turn to run", || work.show()["status"] == "working" && stage.prompts("long-word").len() == 1);
    let interrupted = stage.owt(["interrupt", work.name, "--json"]);
    assert_eq!(interrupted.data()["was_working"], true, "{interrupted:?}");
    until("its turn to be over", || work.show()["status"] == "idle");
    let sent = stage.owt(["send", work.name, "[[scn:default]] And now?", "--wait", "--json"]);
    assert_eq!(sent.data()["state"], "observed", "{sent:?}");
    work.wait_done();
    assert_eq!(stage.prompts("default").len(), 1);
    assert_eq!(work.show()["attempts"].as_array().map(Vec::len), Some(1), "{:#}", work.show());
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

/// At `edits` it asks for its command and not for its file, at `bypass` for neither, and a plan changes nothing, whatever
/// is answered.
#[track_caller]
pub(super) fn is_held_to_its_level(stage: &Stage, agent: &str) {
    let options = ["--structured", "--permissions", "edits", "--no-context", "--title", "Add hello"];
    let work = Workspace::start(stage, "l1", agent, options, "[[scn:commit]] Add a greeting");
    assert_eq!(work.wait().code, 4, "{:#}\n{}", work.show(), work.logs());
    assert_eq!(work.show()["pending"][0]["tool"], "execute", "{:#}", work.show());
    assert!(work.path().join("hello.txt").exists(), "{}", work.logs());
    assert_eq!(stage.owt(["answer", work.name, "allow"]).code, 0);
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
    commits_at_bypass(stage, agent);
    plans_and_changes_nothing(stage, agent);
}

/// At `bypass` it asks for nothing.
#[track_caller]
pub(super) fn commits_at_bypass(stage: &Stage, agent: &str) {
    let options = ["--structured", "--permissions", "bypass", "--no-context", "--title", "Add hello"];
    let work = Workspace::start(stage, "l2", agent, options, "[[scn:commit]] Add a greeting");
    work.wait_done();
    work.assert_committed("Add hello", "idle", 0);
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}

/// A plan changes nothing, whatever is answered.
#[track_caller]
pub(super) fn plans_and_changes_nothing(stage: &Stage, agent: &str) {
    let options = ["--structured", "--plan-mode", "--no-context"];
    let work = Workspace::start(stage, "l3", agent, options, "[[scn:commit]] Think about a greeting");
    work.wait_done();
    assert_eq!(work.git(&["log", "--format=%s", "main..HEAD"]), "");
    assert_eq!(work.git(&["status", "--porcelain", "--ignored"]), "", "{}", work.logs());
    assert_eq!(stage.owt(["stop", work.name]).code, 0);
}
