//! Records that grow, are cut, replaced, torn, and lie among those of others.

use owt_ports::PrivateFiles;
use owt_testkit::clock::VirtualClock;
use owt_testkit::crash::CrashPlan;
use owt_testkit::files::MemoryFiles;
use owt_testkit::record_databases::MemoryRecords;
use owt_testkit::record_databases_conformance::Begun;
use owt_testkit::record_databases_conformance::RecordProgram;

use super::*;
use crate::observer::record::LONGEST_LINE;
use crate::observer::record::PART;

const THREAD: &str = "01a1fccd-a48a-76a1-9dd3-23c278666b92";

fn path(text: &str) -> AbsPath {
    AbsPath::new(text).unwrap()
}

pub(in crate::observer) fn reader(format: TranscriptFormat) -> TranscriptReader {
    TranscriptReader {
        format,
        home: path("/home/me"),
        configuration: None,
        workspace: path("/w"),
        found: None,
        before: Before::default(),
        others: BTreeSet::new(),
        edits: Edits::default(),
        ended: None,
        newest: None,
        ledger: TokenLedger::default(),
        looks: Looks::default(),
        totals: Totals::default(),
    }
}

fn disk() -> MemoryFiles {
    MemoryFiles::new(CrashPlan::never())
}

/// The prompts that are read next.
fn prompts(reader: &mut TranscriptReader, files: &MemoryFiles, conversation: Option<&str>) -> Vec<String> {
    let databases = MemoryRecords::new(CrashPlan::never());
    prompts_of(reader, Shelves { files, databases: &databases }, conversation)
}

fn prompts_of(
    reader: &mut TranscriptReader,
    shelves: Shelves<'_>,
    conversation: Option<&str>,
) -> Vec<String> {
    let conversation = conversation.map(|id| ConversationId::new(id).unwrap());
    let is_ours = |prompt: &str| Ok(prompt.starts_with("ours"));
    let started_at = Timestamp::from_utc_text("2026-11-21T06:31:30Z").unwrap();
    let news = reader.news(shelves, conversation.as_ref(), started_at, &is_ours).unwrap();
    news.into_iter()
        .map(|entry| match entry.says {
            Said::Prompt(prompt) => prompt.text,
            other => format!("{other:?}").split(' ').next().unwrap().to_owned(),
        })
        .collect()
}

fn claude_line(text: &str) -> Vec<u8> {
    format!("{{\"type\":\"user\",\"message\":{{\"content\":\"{text}\"}}}}\n").into_bytes()
}

#[test]
fn what_was_written_since_is_read_once_and_a_torn_line_when_it_is_whole() {
    let (files, mut reader) = (disk(), reader(TranscriptFormat::Claude));
    let record = path("/home/me/.claude/projects/-w/c.jsonl");
    let mut next = |files: &MemoryFiles| prompts(&mut reader, files, Some("c"));
    assert_eq!(next(&files), Vec::<String>::new(), "it is not there yet");
    files.append(&record, &claude_line("one"));
    assert_eq!(next(&files), ["one"]);
    assert_eq!(next(&files), Vec::<String>::new());
    let (begun, rest) = (&claude_line("two")[..20], &claude_line("two")[20..]);
    files.append(&record, begun);
    assert_eq!(next(&files), Vec::<String>::new(), "half a line says nothing");
    files.append(&record, rest);
    files.append(&record, b"garbage\n\xff\xfe\n{\"type\":7}\n");
    files.append(&record, &claude_line("three"));
    assert_eq!(next(&files), ["two", "three"]);
    // Another file in its place.
    files.write(&record, &[claude_line("four"), claude_line("five")].concat()).unwrap();
    assert_eq!(next(&files), ["four", "five"]);
    files.remove(&record).unwrap();
    assert_eq!(next(&files), Vec::<String>::new());
    files.append(&record, &claude_line("six"));
    assert_eq!(next(&files), ["six"], "and once more");
}

#[test]
fn a_long_record_is_met_near_its_end_and_a_line_without_end_is_dropped() {
    let (files, mut reader) = (disk(), reader(TranscriptFormat::Claude));
    let record = path("/home/me/.claude/projects/-w/c.jsonl");
    files.append(&record, &claude_line("old").repeat(20_000));
    files.append(&record, &claude_line("new"));
    let first = prompts(&mut reader, &files, Some("c"));
    assert!(first.len() < 20_000 && first.last().is_some_and(|last| last == "new"), "{}", first.len());
    assert!(first.iter().all(|text| text == "old" || text == "new"), "no line in halves");
    files.append(&record, &vec![b'x'; 2 * LONGEST_LINE]);
    while reader.found.as_ref().unwrap().read.unwrap().offset
        < files.read(&record).unwrap().unwrap().len() as u64
    {
        assert_eq!(prompts(&mut reader, &files, Some("c")), Vec::<String>::new());
        assert!(reader.found.as_ref().unwrap().rest.len() <= LONGEST_LINE + PART);
    }
    files.append(&record, b"\n");
    files.append(&record, &claude_line("after"));
    assert_eq!(prompts(&mut reader, &files, Some("c")), ["after"]);
}

fn codex_lines(thread: &str, folder: &str, text: &str) -> Vec<u8> {
    let begun = serde_json::json!({"type": "session_meta", "payload": {"id": thread, "cwd": folder}});
    let content = serde_json::json!([{"type": "text", "text": text}]);
    let item = serde_json::json!({"type": "UserMessage", "content": content});
    let prompt =
        serde_json::json!({"type": "event_msg", "payload": {"type": "item_completed", "item": item}});
    format!("{begun}\n{prompt}\n").into_bytes()
}

/// Several sessions of a day share a folder, and others may even work in ours.
#[test]
fn among_the_records_of_others_ours_is_the_one_that_shows_a_message_of_ours() {
    let (files, mut reader) = (disk(), reader(TranscriptFormat::Codex));
    let day = path("/home/me/.codex/sessions/2026/11/21");
    let name = |thread: &str| day.join(&format!("rollout-2026-11-21T06-31-37-{thread}.jsonl"));
    let elsewhere = "01a1fccd-a48b-76a1-9dd3-23c278666b92";
    let persons = "01a1fccd-a48c-76a1-9dd3-23c278666b92";
    let older = "01a1fccc-698e-7583-9406-043eceba259a";
    files.append(&name(elsewhere), &codex_lines(elsewhere, "/other", "ours, too"));
    files.append(&name(persons), &codex_lines(persons, "/w", "the person's"));
    files.append(&name(older), &codex_lines(older, "/w", "ours of long ago"));
    assert_eq!(prompts(&mut reader, &files, None), Vec::<String>::new());
    let is_others = |thread: &str| reader.others.contains(&RecordAt::File(name(thread)));
    assert!(is_others(elsewhere) && !is_others(persons));
    // A helper is told in the same words as its agent was, in the same folder.
    let helper = "01a1fccd-a48d-76a1-9dd3-23c278666b92";
    let meta =
        serde_json::json!({"session_id": THREAD, "id": helper, "cwd": "/w", "thread_source": "subagent"});
    let meta = serde_json::json!({"type": "session_meta", "payload": meta});
    files.append(&name(helper), format!("{meta}\n").as_bytes());
    files.append(&name(helper), &codex_lines(THREAD, "/w", "ours"));
    assert_eq!(prompts(&mut reader, &files, None), Vec::<String>::new());
    files.append(&name(THREAD), &codex_lines(THREAD, "/w", "ours"));
    assert_eq!(prompts(&mut reader, &files, None), ["Begun", "Begun", "ours"], "whose it is, then all of it");
    files.append(&name(persons), &codex_lines(persons, "/w", "ours by chance"));
    assert_eq!(prompts(&mut reader, &files, Some(THREAD)), Vec::<String>::new(), "it stays the one");
    // Once its name is known nothing is compared.
    let mut named = self::reader(TranscriptFormat::Codex);
    assert_eq!(prompts(&mut named, &files, Some(persons))[1], "the person's");
}

/// All conversations of OpenCode lie in one database, and others may even work in our folder.
#[test]
fn among_the_conversations_of_a_database_ours_is_the_one_that_shows_a_message_of_ours() {
    let (files, records) = (disk(), MemoryRecords::new(CrashPlan::never()));
    let mut reader = reader(TranscriptFormat::Opencode);
    let shelves = Shelves { files: &files, databases: &records };
    let mut next = |conversation: Option<&str>| prompts_of(&mut reader, shelves, conversation);
    let database = path("/home/me/.local/share/opencode/opencode.db");
    let started_at = Timestamp::from_utc_text("2026-11-21T06:31:30Z").unwrap();
    let begin = |id: &str, folder: &str, seconds: u64| {
        let (id, at) = (KeptConversation(id.to_owned()), started_at.plus(Duration::from_secs(seconds)));
        records.begin(&database, Begun { id: id.clone(), helps: None, folder: path(folder), at });
        let info = serde_json::json!({"info": {"id": id.0, "directory": folder}});
        records.write(&database, &id, "session.created.1", &info.to_string());
    };
    let say = |id: &str, text: &str| {
        let (id, message) = (KeptConversation(id.to_owned()), format!("msg_{text}"));
        let info = serde_json::json!({"info": {"id": message, "role": "user"}});
        records.write(&database, &id, "message.updated.1", &info.to_string());
        let part = serde_json::json!({"part": {"messageID": message, "type": "text", "text": text}});
        records.write(&database, &id, "message.part.updated.1", &part.to_string());
    };
    assert_eq!(next(None), Vec::<String>::new(), "there is no database yet");
    begin("ses_elsewhere", "/other", 1);
    begin("ses_persons", "/w", 3);
    begin("ses_ours", "/w", 2);
    say("ses_elsewhere", "ours, too");
    say("ses_persons", "the person's");
    assert_eq!(next(None), Vec::<String>::new(), "nothing of ours");
    say("ses_ours", "ours");
    assert_eq!(next(None), ["Begun", "Begun", "ours"], "whose it is, then all of it");
    say("ses_ours", "ours again");
    say("ses_persons", "ours by chance");
    assert_eq!(next(Some("ses_ours")), ["ours again"], "it goes on");
    assert_eq!(
        next(Some("ses_persons")),
        ["Begun", "the person's", "ours by chance"],
        "once its name is known"
    );
}

/// Another program of the same kind may be busy with its database just then.
#[test]
fn at_a_sessions_end_a_database_that_is_held_up_is_waited_for_and_all_is_counted() {
    let (files, records) = (disk(), MemoryRecords::new(CrashPlan::never()));
    let mut reader = reader(TranscriptFormat::Opencode);
    let shelves = Shelves { files: &files, databases: &records };
    let database = path("/home/me/.local/share/opencode/opencode.db");
    let at = Timestamp::from_utc_text("2026-11-21T06:31:31Z").unwrap();
    let id = KeptConversation("ses_1".to_owned());
    records.begin(&database, Begun { id: id.clone(), helps: None, folder: path("/w"), at });
    let answer = serde_json::json!({"info": {"id": "msg_1", "role": "assistant", "time": {"created": at.as_millis()},
        "tokens": {"input": 10, "output": 5}}});
    records.write(&database, &id, "message.updated.1", &answer.to_string());
    prompts_of(&mut reader, shelves, Some("ses_1"));
    let clock = VirtualClock::at(at);
    records.hold(&database);
    reader.count(shelves, &[], (at, at)).unwrap();
    assert!(reader.is_behind() && reader.ledger.usage().output_tokens == 0, "it is looked at again soon");
    reader.count_to_the_end(shelves, &[], at, &clock).unwrap();
    assert_eq!((reader.ledger.usage().output_tokens, reader.is_behind()), (5, false));
}

#[test]
fn the_end_of_a_turn_has_stood_there_since_it_was_read_whatever_the_clock_says() {
    let moment = |seconds| Moment::after(Duration::from_secs(seconds));
    let at = Timestamp::from_millis(1_000_000);
    let end = End { at, read: moment(10), how: Ended::Interrupted };
    let held = |now, seconds| end.held(Timestamp::from_millis(now), moment(seconds)).as_secs();
    assert_eq!(held(1_005_000, 12), 5, "it was read later than it was written");
    assert_eq!(held(1_000, 12), 2, "the clock went back");
}
