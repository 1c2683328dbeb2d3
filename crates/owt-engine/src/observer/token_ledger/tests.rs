//! Answers that stand more than once, in more than one record, and from before.

use owt_ports::KeptConversation;
use owt_ports::PrivateFiles;
use owt_testkit::crash::CrashPlan;
use owt_testkit::files::MemoryFiles;
use owt_testkit::record_databases::MemoryRecords;
use owt_testkit::record_databases_conformance::Begun;
use owt_testkit::record_databases_conformance::RecordProgram;

use super::*;

const CLAUDE: TranscriptFormat = TranscriptFormat::Claude;

fn path(text: &str) -> AbsPath {
    AbsPath::new(text).unwrap()
}

fn disk() -> MemoryFiles {
    MemoryFiles::new(CrashPlan::never())
}

fn start() -> Timestamp {
    Timestamp::from_utc_text("2026-11-22T12:00:00Z").unwrap()
}

fn during() -> (Timestamp, Timestamp) {
    (start(), start().plus(Duration::from_secs(3600)))
}

/// A line of an answer, written at this second of the hour.
fn line(id: &str, second: u32, input: u64, output: u64) -> Vec<u8> {
    let usage =
        serde_json::json!({"input_tokens": input, "cache_read_input_tokens": 1, "output_tokens": output});
    let message = serde_json::json!({"id": id, "model": "m", "usage": usage});
    let at = format!("2026-11-22T12:{:02}:{:02}Z", second / 60, second % 60);
    let line = serde_json::json!({"type": "assistant", "timestamp": at, "message": message});
    format!("{line}\n").into_bytes()
}

fn read(ledger: &mut TokenLedger, files: &MemoryFiles) -> (u64, u64) {
    let databases = MemoryRecords::new(CrashPlan::never());
    ledger.read(Shelves { files, databases: &databases }, CLAUDE, during()).unwrap();
    (ledger.usage().input_tokens, ledger.usage().output_tokens)
}

fn ledger_of(paths: &[&AbsPath]) -> TokenLedger {
    let mut ledger = TokenLedger::default();
    paths.iter().for_each(|path| ledger.open(RecordAt::File((*path).clone())));
    ledger
}

#[test]
fn an_answer_counts_once_however_often_it_stands_and_as_it_was_in_the_end() {
    let (files, record) = (disk(), path("/p/c.jsonl"));
    let mut ledger = ledger_of(&[&record]);
    assert_eq!(read(&mut ledger, &files), (0, 0), "it is not there yet");
    files.append(&record, &line("a", 1, 10, 1));
    assert_eq!(read(&mut ledger, &files), (11, 1));
    files.append(&record, &[line("a", 2, 10, 7), line("a", 3, 10, 7), line("b", 4, 20, 2)].concat());
    assert_eq!(read(&mut ledger, &files), (32, 9));
    assert_eq!(read(&mut ledger, &files), (32, 9), "nothing is read twice");
    // Another server begins anew, and comes to the same.
    assert_eq!(read(&mut ledger_of(&[&record]), &files), (32, 9));
    // The program has written its record anew, longer than one look.
    let many: Vec<u8> = (0..4000).flat_map(|_| line("b", 4, 20, 2)).collect();
    files.write(&record, &[line("a", 1, 10, 7), line("c", 1, 5, 5), many].concat()).unwrap();
    assert_eq!(read(&mut ledger, &files), (38, 14));
    assert_eq!(ledger.model(), Some("m"));
}

/// A copy has the answers of before along, as they were written; what is taken up again has those of an earlier attempt.
#[test]
fn what_was_copied_or_is_from_before_the_attempt_is_not_counted_again() {
    let (files, first, copy) = (disk(), path("/p/c.jsonl"), path("/p/copy.jsonl"));
    let long_ago = line("z", 1, 1000, 1000);
    let long_ago = String::from_utf8(long_ago).unwrap().replace("T12:", "T11:").into_bytes();
    files.append(&first, &[long_ago.clone(), line("a", 1, 10, 1)].concat());
    files.append(&copy, &[long_ago, line("a", 1, 10, 1), line("b", 9, 20, 2)].concat());
    let mut ledger = ledger_of(&[&first]);
    assert_eq!(read(&mut ledger, &files), (11, 1));
    ledger.open(RecordAt::File(copy.clone()));
    assert_eq!(read(&mut ledger, &files), (32, 3));
    assert_eq!(read(&mut ledger_of(&[&copy, &first]), &files), (32, 3), "in whatever order");
    files.append(&first, &line("c", 20, 30, 3));
    assert_eq!(read(&mut ledger, &files), (63, 6), "the one that was left is read to its end");
}

#[test]
fn what_helpers_took_counts_too() {
    let (files, record) = (disk(), path("/p/c.jsonl"));
    files.append(&record, &line("a", 1, 10, 1));
    let mut ledger = ledger_of(&[&record]);
    assert_eq!(read(&mut ledger, &files), (11, 1));
    files.append(&path("/p/c/subagents/agent-1.jsonl"), &line("h", 2, 100, 10));
    files.append(&path("/p/c/subagents/agent-1.meta.json"), &line("x", 2, 100, 10));
    assert_eq!(read(&mut ledger, &files), (112, 11));
}

/// One look takes in a part; the rest is not forgotten.
#[test]
fn a_long_record_is_counted_in_parts_from_its_beginning() {
    let (files, record) = (disk(), path("/p/c.jsonl"));
    let lines: Vec<u8> = (0..40_000u32).flat_map(|number| line(&number.to_string(), 1, 1, 1)).collect();
    assert!(lines.len() > 5_000_000);
    files.append(&record, &lines);
    let mut ledger = ledger_of(&[&record]);
    let (_, first) = read(&mut ledger, &files);
    assert!(ledger.is_behind() && (1..40_000).contains(&first), "{first}");
    while ledger.is_behind() {
        read(&mut ledger, &files);
    }
    assert_eq!(ledger.usage().output_tokens, 40_000);
}

/// In a database, with what the program says of costs: an answer is written again as it grows, and those of before the attempt
/// stand there, too.
#[test]
fn what_a_conversation_in_a_database_and_its_helpers_took_and_cost_counts_once() {
    let (files, records, database) = (disk(), MemoryRecords::new(CrashPlan::never()), path("/p/o.db"));
    let id = |name: &str| KeptConversation(name.to_owned());
    for (name, helps) in [("ses_1", None), ("ses_2", Some(id("ses_1")))] {
        records.begin(&database, Begun { id: id(name), helps, folder: path("/w"), at: start() });
    }
    let write = |name: &str, answer: &str, seconds: i64, output: u64, cost: f64| {
        let at = start().as_millis() + seconds * 1000;
        let tokens = serde_json::json!({"input": 10, "output": output, "cache": {"read": 1}});
        let info = serde_json::json!({"id": answer, "time": {"created": at}, "tokens": tokens, "cost": cost});
        records.write(
            &database,
            &id(name),
            "message.updated.1",
            &serde_json::json!({"info": info}).to_string(),
        );
    };
    let ledger = || {
        let (path, conversation) = (database.clone(), id("ses_1"));
        let mut ledger = TokenLedger::default();
        ledger.open(RecordAt::Database { path, conversation });
        ledger
    };
    let count = |ledger: &mut TokenLedger| {
        let shelves = Shelves { files: &files, databases: &records };
        ledger.read(shelves, TranscriptFormat::Opencode, during()).unwrap();
        let usage = ledger.usage();
        (usage.input_tokens, usage.output_tokens, usage.cost_micro_usd)
    };
    let mut first = ledger();
    write("ses_1", "msg_before", -60, 1000, 1.0);
    assert_eq!(count(&mut first), (0, 0, None));
    write("ses_1", "msg_1", 1, 5, 0.0);
    assert_eq!(count(&mut first), (11, 5, None));
    write("ses_1", "msg_1", 1, 7, 0.25);
    write("ses_2", "msg_2", 2, 3, 0.5);
    write("ses_1", "msg_1", 1, 7, 0.25);
    assert_eq!(count(&mut first), (22, 10, Some(750_000)));
    assert_eq!(count(&mut first), (22, 10, Some(750_000)), "nothing is read twice");
    assert_eq!(count(&mut ledger()), (22, 10, Some(750_000)), "another server comes to the same");
}

/// Codex's helpers have records of their own among those of everybody's threads.
#[test]
fn what_the_helper_threads_of_codex_took_counts_and_that_of_others_does_not() {
    let (files, day) = (disk(), path("/c/sessions/2026/11/22"));
    let [ours, theirs] = ["01a20320-a48a-76a1-9dd3-23c278666b92", "01a20320-a48b-76a1-9dd3-23c278666b92"];
    let record = |thread: &str| day.join(&format!("rollout-2026-11-22T12-00-00-{thread}.jsonl"));
    let write = |thread: &str, helps: Option<&str>, input: u64| {
        let (root, source) = (helps.unwrap_or(thread), helps.map_or("user", |_| "subagent"));
        let meta = serde_json::json!({"session_id": root, "id": thread, "thread_source": source});
        let meta = serde_json::json!({"type": "session_meta", "payload": meta});
        let usage = serde_json::json!({"input_tokens": input, "output_tokens": 1});
        let info = serde_json::json!({"total_token_usage": usage, "last_token_usage": usage});
        let payload = serde_json::json!({"type": "token_count", "info": info});
        let answer =
            serde_json::json!({"type": "event_msg", "timestamp": "2026-11-22T12:01:00Z", "payload": payload});
        files.append(&record(thread), format!("{meta}\n{answer}\n").as_bytes());
    };
    let databases = MemoryRecords::new(CrashPlan::never());
    let mut ledger = ledger_of(&[&record(ours)]);
    let mut count = || {
        let shelves = Shelves { files: &files, databases: &databases };
        ledger.read(shelves, TranscriptFormat::Codex, during()).unwrap();
        (ledger.usage().input_tokens, ledger.usage().output_tokens)
    };
    write(ours, None, 10);
    write(theirs, None, 1000);
    assert_eq!(count(), (10, 1));
    let helper = "01a20321-a48a-76a1-9dd3-23c278666b92";
    files.append(&record(helper), b"{\"type\":\"session_m");
    assert_eq!(count(), (10, 1), "its first line is not whole");
    files.remove(&record(helper)).unwrap();
    write(helper, Some(ours), 200);
    write("01a20321-a48b-76a1-9dd3-23c278666b92", Some(theirs), 4000);
    assert_eq!(count(), (210, 2));
    assert_eq!(count(), (210, 2), "each once");
}
