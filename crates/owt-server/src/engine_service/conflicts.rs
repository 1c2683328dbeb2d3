//! Conflicts, on their way to the wire.

use owt_api as api;
use owt_core::radar::Clash;
use owt_core::radar::LineRange;
use owt_engine::use_cases::Picture;

pub(super) fn conflicts(picture: &Picture) -> api::Conflicts {
    let pairs = picture.pairs.iter().map(|pair| api::ConflictPair {
        a: pair.a.name.clone(),
        b: pair.b.name.clone(),
        files: files(&pair.clashes),
    });
    let targets = picture.targets.iter().map(|it| api::TargetConflict {
        workspace: it.workspace.name.clone(),
        target: it.target.to_string(),
        files: files(&it.clashes),
    });
    let unknown = picture.unknown.iter().map(|it| api::UnknownConflict {
        workspace: it.workspace.name.clone(),
        with: it.with.clone(),
        reason: it.why.clone(),
    });
    api::Conflicts {
        workspaces: picture.workspaces,
        pairs: pairs.collect(),
        targets: targets.collect(),
        unknown: unknown.collect(),
    }
}

fn files(clashes: &[Clash]) -> Vec<api::ConflictFile> {
    let file = |clash: &Clash| api::ConflictFile {
        path: clash.conflict.path.clone(),
        kind: clash.conflict.kind.word().to_owned(),
        lines: clash.lines.iter().map(|it| api::ConflictLines { a: span(it.a), b: span(it.b) }).collect(),
    };
    clashes.iter().map(file).collect()
}

const fn span(range: LineRange) -> api::LineSpan {
    api::LineSpan { first: range.first, count: range.count }
}
