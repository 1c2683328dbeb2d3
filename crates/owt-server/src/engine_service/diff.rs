//! Diffs on their way between wire and engine.

use owt_api as api;
use owt_api::Problem;
use owt_api::base64;
use owt_engine::use_cases::DiffOutput;
use owt_engine::use_cases::DiffRequest;
use owt_ports::ChangeKind;
use owt_ports::ChangedFile;
use owt_ports::DiffForm;

use super::from_wire;

pub(super) fn request(request: api::ReadDiff) -> Result<DiffRequest, Problem> {
    Ok(DiffRequest {
        folder: from_wire::folder(&request.workspace.cwd)?,
        name: request.workspace.name,
        form: match request.form {
            api::DiffForm::Patch => DiffForm::Patch,
            api::DiffForm::Whole => DiffForm::Whole,
            api::DiffForm::Files => DiffForm::Files,
        },
    })
}

pub(super) fn chunk(part: DiffOutput) -> api::DiffChunk {
    match part {
        DiffOutput::Against(against) => api::DiffChunk::Against(api::DiffAgainst {
            name: against.name,
            branch: Some(against.branch),
            base: Some(against.base),
            base_sha: against.commit.to_string(),
            notices: against.notices,
        }),
        DiffOutput::File(changed) => api::DiffChunk::File(file(changed)),
        DiffOutput::Patch(bytes) => api::DiffChunk::Patch { base64: base64::encode(&bytes) },
    }
}

fn file(changed: ChangedFile) -> api::ChangedFile {
    api::ChangedFile {
        path: changed.path,
        old_path: changed.old_path,
        status: match changed.kind {
            ChangeKind::Added => api::FileStatus::Added,
            ChangeKind::Modified => api::FileStatus::Modified,
            ChangeKind::Deleted => api::FileStatus::Deleted,
            ChangeKind::Renamed => api::FileStatus::Renamed,
            ChangeKind::Copied => api::FileStatus::Copied,
            ChangeKind::TypeChanged => api::FileStatus::TypeChanged,
        },
        additions: changed.lines.map(|(added, _)| added),
        deletions: changed.lines.map(|(_, removed)| removed),
        binary: changed.lines.is_none(),
    }
}
