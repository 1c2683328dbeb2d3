//! Which files a tool's use changes, by the tool's name and what it is given. Tools that run commands say nothing here:
//! what a command changes nobody can read off its words.

use serde_json::Value;

/// Tools that change the one file that they are given: `Edit`, `Write`, `MultiEdit` and `NotebookEdit` of Claude Code
/// (2.1.197), `Create`, `Edit` and `MultiEdit` of Droid (0.215.0), `write_file` and `replace` of Gemini CLI (0.61.0), `edit`,
/// `write` and `multiedit` of OpenCode (1.18.33), `edit` and `write` of Pi (0.74.2).
const OF_ONE_FILE: [&str; 7] =
    ["create", "edit", "multiedit", "notebookedit", "replace", "write", "write_file"];

/// What they call the file.
const FILE: [&str; 4] = ["file_path", "filePath", "path", "notebook_path"];

/// Tools that are given a patch: Codex's (0.169.0), which OpenCode and Droid have, too, for models that know it.
const OF_A_PATCH: [&str; 3] = ["apply_patch", "applypatch", "patch"];

/// What they call it; Codex's hooks call it a command.
const PATCH: [&str; 4] = ["command", "input", "patch", "patchText"];

/// How a patch names the files that it changes.
const HEADS: [&str; 4] = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "];

/// More files than one use of a tool changes.
const MOST: usize = 256;

/// The files that this use of a tool is to change, as the agent names them.
pub(crate) fn edits(tool: &str, input: &Value) -> Vec<String> {
    let tool = tool.to_ascii_lowercase();
    let given = |keys: &[&str]| keys.iter().find_map(|key| input.get(key)?.as_str());
    match tool.as_str() {
        tool if OF_ONE_FILE.contains(&tool) => given(&FILE).map(str::to_owned).into_iter().collect(),
        tool if OF_A_PATCH.contains(&tool) => given(&PATCH).map(of_patch).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The files that a patch changes.
fn of_patch(patch: &str) -> Vec<String> {
    let named = |line: &str| HEADS.iter().find_map(|head| line.strip_prefix(head)).map(str::to_owned);
    patch.lines().filter_map(named).take(MOST).collect()
}

/// The files of a list of changes that each name one.
pub(super) fn of_changes<'v>(changes: impl Iterator<Item = &'v Value>) -> Vec<String> {
    changes.filter_map(|change| change.get("path")?.as_str()).take(MOST).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PATCHED: &str = "*** Begin Patch\n*** Update File: a.rs\n*** Move to: b.rs\n@@\n-x\n+*** Add File: no\n*** Add File: c d.rs\n+y\n*** Delete File: e.rs\n*** End Patch";

    #[test]
    fn each_tool_that_edits_names_its_files_and_no_other_does() {
        for (tool, input, files) in [
            ("Write", json!({"file_path": "/w/a", "content": "x"}), vec!["/w/a"]),
            ("MultiEdit", json!({"file_path": "/w/a", "edits": []}), vec!["/w/a"]),
            ("NotebookEdit", json!({"notebook_path": "/w/a.ipynb"}), vec!["/w/a.ipynb"]),
            ("write_file", json!({"file_path": "a"}), vec!["a"]),
            ("replace", json!({"file_path": "a"}), vec!["a"]),
            ("edit", json!({"filePath": "a", "path": "b"}), vec!["a"]),
            ("Create", json!({"file_path": "a"}), vec!["a"]),
            ("apply_patch", json!({"command": PATCHED}), vec!["a.rs", "b.rs", "c d.rs", "e.rs"]),
            ("patch", json!({"patchText": PATCHED}), vec!["a.rs", "b.rs", "c d.rs", "e.rs"]),
            ("ApplyPatch", json!({"input": PATCHED}), vec!["a.rs", "b.rs", "c d.rs", "e.rs"]),
            ("Read", json!({"file_path": "/w/a"}), vec![]),
            ("Bash", json!({"command": "echo > a"}), vec![]),
            ("Edit", json!({"file_path": 7}), vec![]),
            ("Write", Value::Null, vec![]),
        ] {
            assert_eq!(edits(tool, &input), files, "{tool} {input}");
        }
    }
}
