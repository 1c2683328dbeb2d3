//! What detection sees of a real checkout.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use owt_ports::EnvironmentError;
use owt_ports::Listing;
use owt_ports::SURVEYED_NAMES;
use owt_ports::Survey;
use owt_ports::SurveyRequest;
use owt_process::find_program;
use rustix::fs::Mode;
use rustix::fs::OFlags;

use crate::fault;
use crate::project;
use crate::project::Checkout;
use crate::project::DEEPEST;
use crate::project::FOREIGN;

/// A manifest with more bytes than this is not read. Only lock files come near, of which a part is enough.
const MOST_READ: u64 = 4 * 1024 * 1024;

/// The projects of a checkout.
pub(crate) fn survey(request: &SurveyRequest) -> Result<Survey, EnvironmentError> {
    let root = request.root.as_path();
    let broken = |error: io::Error| fault::at(&request.root, root, &error);
    std::fs::read_dir(root).map_err(broken)?;
    let files = match &request.listing {
        Listing::Files(files) => files.iter().filter(|file| is_surveyed(file)).cloned().collect(),
        Listing::Walk => walk(root),
    };
    Ok(project::projects(&Disk { root: &request.root, search_path: &request.search_path }, &files))
}

fn is_surveyed(file: &RelPath) -> bool {
    file.file_name().to_str().is_some_and(|name| SURVEYED_NAMES.contains(&name))
}

/// The manifests down to the deepest project, without following links. What cannot be read is passed over.
fn walk(root: &Path) -> Vec<RelPath> {
    let mut found = Vec::new();
    let mut open = vec![RelPath::root()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(folder.as_path())) else { continue };
        for entry in entries.flatten() {
            let (Ok(kind), Ok(path)) = (entry.file_type(), folder.join(entry.file_name())) else { continue };
            let name = path.file_name().to_str().unwrap_or_default();
            let is_ours = !name.starts_with('.') && !FOREIGN.contains(&name);
            match kind {
                _ if kind.is_dir() && is_ours && path.depth() <= DEEPEST => open.push(path),
                _ if kind.is_file() && is_surveyed(&path) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

struct Disk<'a> {
    root: &'a AbsPath,
    search_path: &'a str,
}

impl Checkout for Disk<'_> {
    fn text(&self, path: &RelPath) -> Option<String> {
        // Not blocking: a pipe in the file's place must not hold us up.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file: File = rustix::fs::open(path.within(self.root), flags, Mode::empty()).ok()?.into();
        let metadata = file.metadata().ok()?;
        let mut bytes = Vec::new();
        if metadata.is_file() {
            file.take(MOST_READ).read_to_end(&mut bytes).ok()?;
        }
        metadata.is_file().then(|| String::from_utf8_lossy(&bytes).into_owned())
    }

    fn has(&self, path: &RelPath) -> bool {
        path.within(self.root).is_file()
    }

    fn has_program(&self, name: &str) -> bool {
        find_program(name, self.search_path, &[]).is_some()
    }
}
