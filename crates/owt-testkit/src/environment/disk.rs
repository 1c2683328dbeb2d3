//! The files of the machine in memory, and what furnishing does with them.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use owt_core::environment::MovedPaths;
use owt_core::environment::RelPath;
use owt_ports::Adjusted;
use owt_ports::CopiedFile;
use owt_ports::FurnishPlan;
use owt_ports::Furnished;
use owt_ports::MOST_NAMED_FILES;
use owt_ports::Standing;
use owt_ports::Untracked;

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    /// A symbolic link that leads out of its checkout.
    LinkOut,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    nodes: BTreeMap<PathBuf, Node>,
}

impl Disk {
    pub(super) fn put(&mut self, path: PathBuf, node: Node) {
        self.nodes.insert(path, node);
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Node> {
        self.nodes.get(path)
    }

    pub(super) fn below(&self, root: &Path) -> Vec<RelPath> {
        self.nodes.keys().filter_map(|path| RelPath::new(path.strip_prefix(root).ok()?).ok()).collect()
    }

    pub(super) fn bytes(&self, folder: &Path) -> u64 {
        let inside = self.nodes.iter().filter(|(path, _)| path.starts_with(folder));
        inside.map(|(_, node)| if let Node::Text(text) = node { text.len() as u64 } else { 0 }).sum()
    }

    pub(super) fn remove(&mut self, folder: &Path) {
        self.nodes.retain(|path, _| !path.starts_with(folder));
    }

    pub(super) fn furnish(&mut self, plan: &FurnishPlan) -> Furnished {
        let mut furnished = Furnished::default();
        let named = if plan.named.len() > MOST_NAMED_FILES {
            furnished
                .left_out
                .push(format!("{} files are too many: none of them was copied", plan.named.len()));
            &[][..]
        } else {
            &plan.named[..]
        };
        for file in plan.usual.iter().chain(&plan.agents).chain(named) {
            self.copy(plan, file, &mut furnished);
        }
        furnished
    }

    fn copy(&mut self, plan: &FurnishPlan, file: &Untracked, furnished: &mut Furnished) {
        let path = &file.path;
        let target = path.within(&plan.worktree);
        if self.nodes.contains_key(&target) {
            furnished.kept += 1;
            return;
        }
        let Some(Node::Text(text)) = self.nodes.get(&path.within(&plan.source)) else {
            furnished.left_out.push(format!("{path} was left out"));
            return;
        };
        let rendered = plan.values.render(text);
        let moved = MovedPaths::new([plan.source.clone()], plan.worktree.clone()).apply(&rendered.text);
        let adjusted = if moved == *text { Adjusted::No } else { Adjusted::Yes };
        furnished.notices.extend(rendered.unknown.iter().map(|unknown| format!("{path}: {unknown}")));
        if file.standing == Standing::Shown {
            furnished.notices.push(format!("git shows {path}"));
        }
        furnished.copied.push(CopiedFile { path: path.clone(), adjusted });
        self.nodes.insert(target, Node::Text(moved));
    }
}
