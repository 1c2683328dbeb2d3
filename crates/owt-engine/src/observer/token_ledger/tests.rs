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

/// The name of a thread of Codex that was begun then.
fn thread(at: Timestamp, tail: &str) -> String {
    let hex = format!("{:012x}", at.as_millis());
    format!("{}-{}-76a1-9dd3-23c278{tail}", &hex[..8], &hex[8..])
}

/// The record of a thread, in the folder of its day.
fn codex_record(thread: &str, day: &str) -> AbsPath {
    path("/c/sessions/2026/11").join(day).join(&format!("rollout-2026-11-{day}T12-00-00-{thread}.jsonl"))
}

/// The first line of a thread's record, of a helper where it helps in another one.
fn codex_begun(thread: &str, helps: Option<&str>) -> String {
    let (root, source) = (helps.unwrap_or(thread), helps.map_or("user", |_| "subagent"));
    let meta = serde_json::json!({"session_id": root, "id": thread, "thread_source": source});
    format!("{}\n", serde_json::json!({"type": "session_meta", "payload": meta}))
}

/// An answer whose conversation has taken so much until then.
fn codex_answer(at: &str, all: u64, input: u64) -> String {
    let usage = |input: u64| serde_json::json!({"input_tokens": input, "output_tokens": 1});
    let info = serde_json::json!({"total_token_usage": usage(all), "last_token_usage": usage(input)});
    let payload = serde_json::json!({"type": "token_count", "info": info});
    format!("{}\n", serde_json::json!({"type": "event_msg", "timestamp": at, "payload": payload}))
}

fn read_codex(ledger: &mut TokenLedger, files: &MemoryFiles) -> (u64, u64) {
    let databases = MemoryRecords::new(CrashPlan::never());
    ledger.read(Shelves { files, databases: &databases }, TranscriptFormat::Codex, during()).unwrap();
    (ledger.usage().input_tokens, ledger.usage().output_tokens)
}

const AT: &str = "2026-11-22T12:01:00Z";

/// Codex's helpers have records of their own among those of everybody's threads.
#[test]
fn what_the_helper_threads_of_codex_took_counts_and_that_of_others_does_not() {
    let files = disk();
    let [ours, theirs] = ["666b91", "666b92"].map(|tail| thread(start(), tail));
    let write = |thread: &str, helps: Option<&str>, input: u64| {
        let text = codex_begun(thread, helps) + &codex_answer(AT, input, input);
        files.append(&codex_record(thread, "22"), text.as_bytes());
    };
    let mut ledger = ledger_of(&[&codex_record(&ours, "22")]);
    write(&ours, None, 10);
    write(&theirs, None, 1000);
    assert_eq!(read_codex(&mut ledger, &files), (10, 1));
    let helper = thread(start().plus(Duration::from_secs(60)), "666b93");
    files.append(&codex_record(&helper, "22"), b"{\"type\":\"session_m");
    assert_eq!(read_codex(&mut ledger, &files), (10, 1), "its first line is not whole");
    files.remove(&codex_record(&helper, "22")).unwrap();
    write(&helper, Some(&ours), 200);
    write(&thread(start().plus(Duration::from_secs(60)), "666b94"), Some(&theirs), 4000);
    assert_eq!(read_codex(&mut ledger, &files), (210, 2));
    assert_eq!(read_codex(&mut ledger, &files), (210, 2), "each once");
}

/// A thread that was taken up again brings its helpers along, whose records lie where they were begun.
#[test]
fn a_helper_thread_of_before_the_resume_counts_with_what_it_takes_since_and_once() {
    let files = disk();
    let days = |days: u64| Duration::from_secs(days * 24 * 3600);
    let ours = thread(start().minus(days(3)), "666b91");
    let helper = thread(start().minus(days(2)), "666b92");
    let write = |thread: &str, day: &str, text: String| {
        files.append(&codex_record(thread, day), text.as_bytes());
    };
    let before = |all: u64| codex_answer("2026-11-20T13:00:00Z", all, all);
    write(&ours, "19", codex_begun(&ours, None) + &before(1000) + &codex_answer(AT, 1010, 10));
    write(&helper, "20", codex_begun(&helper, Some(&ours)) + &before(5000));
    // More than one look takes in.
    for number in 0..300 {
        let other = thread(start().minus(days(1)), &format!("{number:06}"));
        write(&other, "21", codex_begun(&other, Some(&other)) + &codex_answer(AT, 7, 7));
    }
    let mut ledger = ledger_of(&[&codex_record(&ours, "19")]);
    read_codex(&mut ledger, &files);
    assert!(ledger.is_behind());
    while ledger.is_behind() {
        read_codex(&mut ledger, &files);
    }
    assert_eq!(read_codex(&mut ledger, &files), (10, 1), "what it took before was counted then");
    write(&helper, "20", codex_answer(AT, 5200, 200) + &codex_answer(AT, 5200, 200));
    assert_eq!(read_codex(&mut ledger, &files), (210, 2));
    assert_eq!(read_codex(&mut ledger, &files), (210, 2), "each once");
    let late = thread(start().plus(Duration::from_secs(60)), "666b93");
    write(&late, "22", codex_begun(&late, Some(&ours)) + &codex_answer(AT, 30, 30));
    assert_eq!(read_codex(&mut ledger, &files), (240, 3), "new ones are found as before");
}
